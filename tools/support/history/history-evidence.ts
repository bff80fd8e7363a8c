import type { Fingerprints } from '../../../functions/shared/counting/fingerprints.ts';
import { type DailyCounter, mayBeArchived } from '../../../functions/shared/domain/daily-counter.ts';
import type { Message } from '../../../functions/shared/domain/message.ts';
import { mapConcurrently } from '../../../functions/shared/runtime/concurrency.ts';
import type { EvidenceReader } from '../../../functions/shared/store/evidence-reader.ts';

const CONCURRENT_COUNTERS = 8;

/**
 * Those of some messages of a day that are counted, on whatever channel: messages are counted for longer than they are
 * stored, and one that is imported for another channel than it was counted on would count a second time.
 *
 * @param counters those of the day, as they were read
 */
export async function countedAmong(
  messages: readonly Message[],
  counters: readonly DailyCounter[],
  { fingerprints, evidence }: { fingerprints: Fingerprints; evidence: EvidenceReader },
): Promise<Set<Message>> {
  const left = new Map(messages.map((message) => [fingerprints.ofMessage(message), message]));
  const counted = new Set<Message>();
  const see = (found: Iterable<string>) => {
    for (const fingerprint of found) {
      const message = left.get(fingerprint);
      if (message !== undefined) counted.add(message);
    }
  };
  for (const { window } of counters) see(window?.fingerprints ?? []);
  await mapConcurrently(counters, CONCURRENT_COUNTERS, async (counter) => {
    const sought = [...left]
      .filter(([_, message]) => !counted.has(message) && mayBeArchived(counter, message.sentAt))
      .map(([fingerprint, { sentAt }]) => ({ fingerprint, from: sentAt, through: sentAt }));
    if (sought.length > 0) see(await evidence.archivedAmong(counter, sought));
  });
  return counted;
}
