import type { EpochMillis } from '../domain/utc-day.ts';
import type { StoredMessage } from '../store/items/message.ts';
import type { Fingerprints } from './fingerprints.ts';

/** What tells history marks that were given by an operator's command from others. */
export type MarkCheck = Pick<Fingerprints, 'isMarkOf'>;

/** Whether the mark of a stored message lets it be counted at an instant, however old it is. */
export function isOfHistory({ message, mark }: StoredMessage, at: EpochMillis, marks?: MarkCheck): boolean {
  return mark !== undefined && at <= mark.until && marks?.isMarkOf(message, mark) === true;
}
