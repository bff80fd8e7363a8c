import type { LookedUpMessage } from '../../../../functions/look-up-messages/looked-up-message.ts';
import type { Fingerprint } from '../../../../functions/shared/domain/dedupe-window.ts';
import type { DayRange } from '../../../../functions/shared/domain/interval.ts';
import type { ProofAnswer } from '../../../../functions/shared/domain/proof.ts';
import type { Trust } from '../../../../functions/shared/domain/trust.ts';
import type { FingerprintsAnswer } from '../../../../functions/usage-api/get-proof-fingerprints.ts';
import type { ListedMessage } from './listed-messages.ts';
import type { ChannelDay } from './own-list.ts';

/** How far the figures of a peer can be trusted. */
export type ToldTrust = Pick<Trust, 'status' | 'countedThrough' | 'firstCountedDay' | 'asOf'>;

/** The evidence of a channel and day. */
export interface Evidence {
  evidence: FingerprintsAnswer['evidence'];
  /** Each once. */
  fingerprints: ReadonlySet<Fingerprint>;
}

/** What is asked of the service on one peer, however it is reached. */
export interface VerifiedService {
  trust(): Promise<ToldTrust>;
  /** 32 bytes; nothing where no message was ever counted. */
  proofKey(): Promise<Uint8Array | undefined>;
  /** @param range any days, of which those of the first and the last month may be missing */
  proof(range: DayRange): Promise<Pick<ProofAnswer, 'days' | 'months'>>;
  evidence(place: ChannelDay): Promise<Evidence>;
  /**
   * What became of some messages, in their order.
   *
   * @param messages as many as one request may ask for, at most
   * @returns nothing where the key may not ask
   */
  lookUp(messages: readonly ListedMessage[]): Promise<LookedUpMessage[] | undefined>;
  /** What was read by now. */
  readonly reads: Reads;
}

/** How much was read. */
export interface Reads {
  requests: number;
  fingerprints: number;
}
