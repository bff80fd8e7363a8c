import { add, byField, type Counts, METRICS, ZERO } from './metrics.ts';
import type { SealedChannelDay } from './sealed-day.ts';
import { DAY_MS, type EpochMillis, startOf, type UtcDay } from './utc-day.ts';

/** What an export has of a day already, by channel id. */
export type ExportedCounts = ReadonlyMap<string, Counts>;

/** How much more a channel was used on a day than an export has of it. */
export interface ChannelIncrease extends Counts {
  channelId: string;
  channelName: string;
}

/** What some figures are above others, and never less than nothing. */
export function increase(now: Counts, before: Counts): Counts {
  return byField(({ field }) => Math.max(0, now[field] - before[field]));
}

/** Whether there is anything at all in some figures. */
export function isAnything(counts: Counts): boolean {
  return METRICS.some(({ field }) => counts[field] > 0);
}

/** The channels of a day of which an export lacks something, with what it lacks, in their order. */
export function increasesOf(
  channels: readonly SealedChannelDay[],
  exported: ExportedCounts,
): ChannelIncrease[] {
  return channels
    .map((channel) => ({
      channelId: channel.channelId,
      channelName: channel.channelName,
      ...increase(channel, exported.get(channel.channelId) ?? ZERO),
    }))
    .filter(isAnything);
}

/** What an export has once it has some increases as well. */
export function joined(exported: ExportedCounts, increases: readonly ChannelIncrease[]): ExportedCounts {
  const all = new Map(exported);
  for (const { channelId, ...counts } of increases) {
    all.set(channelId, add(all.get(channelId) ?? ZERO, counts));
  }
  return all;
}

/** Figures under the names that exports give them, such as `message_count`. */
export function countFields(counts: Counts): Record<string, number> {
  return Object.fromEntries(METRICS.map(({ field }) => [snakeCase(field), counts[field]]));
}

/** A name as exports write it: `messageCount` becomes `message_count`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The instant that exports give to all that happened on a day: at noon it is the same date almost everywhere. */
export function noonOf(day: UtcDay): EpochMillis {
  return startOf(day) + DAY_MS / 2;
}
