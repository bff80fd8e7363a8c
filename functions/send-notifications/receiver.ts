import type { Notification } from '../shared/domain/notification.ts';
import type { EpochMillis } from '../shared/domain/utc-day.ts';

/** What became of one attempt to tell somebody something. */
export type Outcome =
  | { kind: 'taken'; answer: string }
  /** It is to be sent again. */
  | {
      kind: 'failed';
      /** What went wrong, in a few words without names and secrets. */
      problem: string;
      /** Whether the receiver cannot take anything else now either. */
      isBusy: boolean;
      /** For how long it wants to be left alone, where it said so. */
      retryAfterMs?: number;
    }
  /** The receiver wants nothing any more. */
  | { kind: 'unwanted'; problem: string };

/** Somebody who is told. */
export interface Receiver {
  /** The name of the target. */
  name: string;
  /**
   * A text that is another one where it is reached at another place, which may be a secret; nothing where it is not known
   * where it is reached.
   */
  place: string | undefined;
  /** How many notifications may be on their way to it at a time. */
  concurrency: number;
  /** So long it is left alone after each, in milliseconds. */
  pauseMs: number;
  /**
   * Makes one attempt. It ends in time, and throws nothing that a receiver could be the reason of.
   *
   * @param at when it is made
   */
  tell(notification: Notification, at: EpochMillis): Promise<Outcome>;
}
