import type { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import type { DailyCounter } from '../../functions/shared/domain/daily-counter.ts';
import { type Digest, EMPTY_DIGEST, sumOfDigests } from '../../functions/shared/domain/digest.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { monthOf } from '../../functions/shared/domain/month.ts';
import type { MonthOfSnapshots } from '../../functions/shared/domain/peer-totals.ts';
import { parseKeyedCounter } from '../../functions/shared/store/items/daily-counter.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { parseMonth } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { parseTotals, TOTALS_SORT_KEY } from '../../functions/shared/store/items/peer-totals.ts';
import { counterName, evidenceOf, isCounter } from './stored-figures.ts';
import { expectEqual } from './truth.ts';

/** Digests that are stored, each beside what it has to be. */
interface Compared {
  what: string;
  found: Digest | undefined;
  expected: Digest | undefined;
}

/**
 * At any moment a counter has the digest of its messages, a month the sum of its sealed counters', and the totals the
 * sum of the months'. What lost its evidence, or its counters, is not looked at.
 *
 * @param messages all that may have been counted
 * @param mayBeUnknown whether a digest may be missing, as it may after a repair: never may it be another one
 * @returns how many digests were known
 * @throws Error that says what was wrong
 */
export function checkDigests(
  items: readonly Item[],
  messages: readonly UserMessage[],
  fingerprints: Fingerprints,
  { mayBeUnknown = false } = {},
): number {
  const compared = [
    ...ofCounters(items, messages, fingerprints),
    ...items.filter(isMonth).flatMap((item) => ofMonth(item, items)),
    ...items.filter(({ sk }) => sk === TOTALS_SORT_KEY).flatMap((item) => ofTotals(item, items)),
  ];
  for (const { what, found, expected } of compared) {
    if (found === undefined && mayBeUnknown) continue;
    // The sum of what nobody can tell.
    if (expected === undefined && mayBeUnknown) throw new Error(`${what}: found a digest, expected none`);
    expectEqual(what, found ?? 'no digest', expected ?? 'no digest');
  }
  return compared.filter(({ found }) => found !== undefined).length;
}

function ofCounters(
  items: readonly Item[],
  messages: readonly UserMessage[],
  fingerprints: Fingerprints,
): Compared[] {
  const evidence = new Set(items.flatMap(evidenceOf));
  const proven = new Map<string, Set<Digest>>();
  for (const message of messages) {
    const digest = fingerprints.digestOf(message);
    const name = counterName(message);
    if (!evidence.has(`${name} ${fingerprints.ofMessage(message)}`)) continue;
    proven.set(name, (proven.get(name) ?? new Set<Digest>()).add(digest));
  }
  return items.filter(isCounter).flatMap((item) => {
    const { day, channelId, messageCount, digest } = parseKeyedCounter(item);
    const name = `${item['pk']} ${String(item['sk']).split('#')[2]} ${day}`;
    const digests = [...(proven.get(name) ?? [])];
    if (digests.length !== messageCount) return [];
    return [{ what: `digest of ${channelId} on ${day}`, found: digest, expected: sumOfDigests(digests) }];
  });
}

function isMonth({ sk }: Item): boolean {
  return String(sk).startsWith('MONTH#');
}

function ofMonth(item: Item, items: readonly Item[]): Compared[] {
  const { month, days, digests } = parseMonth(item);
  const sealed = items
    .filter((one) => one['pk'] === item['pk'] && isCounter(one) && one['sealedIn'] !== undefined)
    .map(parseKeyedCounter)
    .filter((counter) => counter.messageCount > 0 && monthOf(counter.day) === month);
  return channelsIn(days).flatMap((number) => {
    const ofChannel = sealed.filter(({ channelNumber }) => channelNumber === number);
    if (!agrees(days, number, ofChannel)) return [];
    const expected = sumOfDigests(ofChannel.map(({ digest }) => digest));
    return [{ what: `digest of channel ${number} in ${month}`, found: digests.get(number), expected }];
  });
}

/** Whether counters are all those that hold what a month does of a channel. */
function agrees(
  days: MonthOfSnapshots['days'],
  channelNumber: number,
  counters: readonly DailyCounter[],
): boolean {
  const held = [...days].flatMap(([day, { channels }]) => {
    const counts = channels.get(channelNumber);
    return counts === undefined ? [] : [`${day} ${counts.messageCount}`];
  });
  const counted = counters.map(({ day, messageCount }) => `${day} ${messageCount}`);
  return held.sort().join() === counted.sort().join();
}

function ofTotals(item: Item, items: readonly Item[]): Compared[] {
  const months = items.filter((one) => one['pk'] === item['pk'] && isMonth(one)).map(parseMonth);
  return [...parseTotals(item).channels].map(([number, { digest }]) => {
    const ofMonths = months.map(({ days, digests }) =>
      channelsIn(days).includes(number) ? digests.get(number) : EMPTY_DIGEST,
    );
    return { what: `digest of channel ${number} in totals`, found: digest, expected: sumOfDigests(ofMonths) };
  });
}

function channelsIn(days: MonthOfSnapshots['days']): number[] {
  return [...new Set([...days.values()].flatMap(({ channels }) => [...channels.keys()]))];
}
