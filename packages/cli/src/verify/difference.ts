import type { Fingerprint } from '../../../../functions/shared/domain/dedupe-window.ts';
import type { Month } from '../../../../functions/shared/domain/month.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { ListedMessage } from './listed-messages.ts';
import type { Place } from './own-list.ts';

/** A message as its line tells it. */
export interface Named extends Pick<ListedMessage, 'conversationId' | 'messageId'>, Place {
  line: number;
}

/** Why something is so, for programs and in words. */
export interface Why {
  reason?: string;
  explanation?: string;
}

/** What figures that differ, and of which no message alone is the reason, differ in. */
export const FIGURE_CODES = {
  month: 'the evidence of these days is gone, so that no message can be named',
  no_evidence: 'messages are counted there, and there is no evidence of which',
  evidence: 'what is counted there is not what there is evidence of; whoever runs the service can audit it',
  same_fingerprint:
    'two messages of the list have the same fingerprint, so that the second one is not counted',
  digest:
    'the same messages are counted, and their digest is another one; whoever runs the service can audit it',
  conversations: 'the same messages are counted, and not as many conversations',
} as const;
export type FigureCode = keyof typeof FIGURE_CODES;

/** A figure as it is told: a count, and the digest of what was counted where it is of messages. */
export interface ToldFigure {
  count: number;
  digest?: string | null;
}

/** Figures that differ on a channel. */
export interface FigureDifference {
  kind: 'figures';
  code: FigureCode;
  channelId: string;
  day?: UtcDay;
  month?: Month;
  here: ToldFigure;
  there: ToldFigure;
  /** The one message that explains it, where there is one, and what became of it. */
  message?: Named & { is: 'counted_twice' | 'not_in_figures' };
}

/** What is different between a list and what is counted. */
export type Difference =
  /** In the list alone. */
  | ({ kind: 'only_here'; message: Named } & Why)
  /** Counted, and not in the list: nobody but its sender knows the id. */
  | { kind: 'only_there'; fingerprint: Fingerprint; channelId: string; day: UtcDay }
  /** Counted elsewhere than the list says, or in another role. */
  | ({ kind: 'differs'; message: Named; fields: (keyof Place)[]; there: Place } & Why)
  /** Counted where the list says, and there as well. */
  | { kind: 'doubled'; message: Named; there: Place }
  | FigureDifference;

/** What is told beside differences. */
export type Note =
  /** Not counted yet, or counted only just. */
  | ({ kind: 'waiting'; message: Named } & Why)
  | { kind: 'bad_line'; line: number; problem: string }
  /** A line that repeats a message and says something else of it; the first line is taken. */
  | { kind: 'other_copy'; message: Named; first: Place }
  /** A month of long ago that is not wholly compared, and how many messages the list has on its days. */
  | { kind: 'not_proven'; month: Month; messages: number };

/** In which of its fields one place is not the other. */
export function differingFields(here: Place, there: Place): (keyof Place)[] {
  const fields = ['role', 'channelId', 'day'] as const;
  return fields.filter((field) => here[field] !== there[field]);
}
