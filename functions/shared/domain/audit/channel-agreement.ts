import type { Channel } from '../channel.ts';
import type { CounterPlace } from '../daily-counter.ts';
import type { UtcDay } from '../utc-day.ts';
import type { Difference } from './difference.ts';

/** A number of a channel that figures are stored under. */
export interface NumberUse {
  /** The earliest day of which there are any. */
  day?: UtcDay;
  /** The channels that counters of the number name, that of the earliest day first; none where no counter is left. */
  channelIds: ReadonlySet<string>;
}

/** What is registered of a peer's channels. */
export interface RegisteredChannels {
  channels: readonly Pick<Channel, 'channelId' | 'number'>[];
  /** What the peer's count of channels says. */
  channelCount: number;
}

/**
 * Where the channels of a peer, their count and the numbers under which figures are stored do not agree.
 *
 * @param used the numbers that counters, totals and months name
 */
export function compareChannels(
  peerId: string,
  { channels, channelCount }: RegisteredChannels,
  used: ReadonlyMap<number, NumberUse>,
): Difference[] {
  const differences: Difference[] = [];
  const byNumber = Map.groupBy(channels, ({ number }) => number);
  const ids = new Set(channels.map(({ channelId }) => channelId));
  for (const [channelNumber, { channelIds, day }] of [...used].sort(([a], [b]) => a - b)) {
    // Its number may have been given to another channel since.
    const lost: (string | null)[] = [...channelIds].filter((channelId) => !ids.has(channelId));
    if (channelIds.size === 0 && !byNumber.has(channelNumber)) lost.push(null);
    for (const channelId of lost) {
      const place = { peerId, channelNumber, ...(day !== undefined && { day }) };
      const known = channelId !== null && { channelId };
      const [expected, found] = [{ channelId }, { channelId: null }];
      differences.push({ code: 'channel_lost', ...place, ...known, expected, found });
    }
  }
  for (const [channelNumber, ofNumber] of byNumber) {
    if (ofNumber.length < 2) continue;
    const { day, channelIds: usedBy } = used.get(channelNumber) ?? { channelIds: new Set<string>() };
    const [firstUsedBy] = usedBy;
    const channelIds = ofNumber.map(({ channelId }) => channelId).sort();
    // Whose counters were the first ones of the number keeps it.
    const keeps = channelIds.find((channelId) => channelId === firstUsedBy) ?? channelIds[0] ?? '';
    const place = { peerId, channelNumber, ...(day !== undefined && { day }) };
    const [expected, found] = [{ channelId: keeps }, { channelId: channelIds.join(', ') }];
    differences.push({ code: 'channel_number_twice', ...place, expected, found });
  }
  const highest = Math.max(0, ...byNumber.keys(), ...used.keys());
  if (channelCount < highest) {
    const [expected, found] = [{ channelCount: highest }, { channelCount }];
    differences.push({ code: 'channel_count_low', peerId, expected, found });
  }
  return differences;
}

/** Where a counter names its channel by a number that another channel has, or the channel has another one. */
export function compareNumber(
  peerId: string,
  { channelId, day }: { channelId: string; day: UtcDay },
  counterNumber: number,
  registeredNumber: number | undefined,
): Difference[] {
  if (registeredNumber === undefined || registeredNumber === counterNumber) return [];
  const [expected, found] = [{ channelNumber: registeredNumber }, { channelNumber: counterNumber }];
  return [{ code: 'number_differs', peerId, channelId, day, channelNumber: counterNumber, expected, found }];
}

/** Where counters name two channels by one number, or one channel by two. */
export function compareNumbersOf(counters: readonly CounterPlace[]): Difference[] {
  const channelIds = new Map<number, string>();
  const numbers = new Map<string, number>();
  return counters.flatMap(({ peerId, channelId, channelNumber, day }): Difference[] => {
    const first = channelIds.get(channelNumber) ?? channelId;
    channelIds.set(channelNumber, first);
    const number = numbers.get(channelId) ?? channelNumber;
    numbers.set(channelId, number);
    const [expected, found] = [{ channelId: first }, { channelId }];
    const twice = { code: 'channel_number_twice', peerId, day, channelNumber, expected, found } as const;
    return [
      ...(first === channelId ? [] : [twice]),
      ...compareNumber(peerId, { channelId, day }, channelNumber, number),
    ];
  });
}
