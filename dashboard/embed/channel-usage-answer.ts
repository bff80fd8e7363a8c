import type { ChannelLabel } from '../../functions/shared/domain/channel.ts';
import { type ByField, byField, type Counts } from '../../functions/shared/domain/metrics.ts';
import { parseJson } from '../../functions/shared/domain/parse-json.ts';

/** One channel of the card. */
export type ListedChannel = ChannelLabel & Counts & { percentage: number };

/** What the card shows: an answer of channel-stats with shares. */
export interface ChannelUsage {
  channels: ListedChannel[];
  total: Counts;
}

/**
 * Reads an answer of channel-stats. The contract's own schemas would weigh more than all else that the
 * component brings to other people's pages.
 *
 * @returns nothing where the text is anything else, or has no shares, which were asked for
 */
export function parseChannelUsage(text: string): ChannelUsage | undefined {
  const answer = parseJson(text);
  if (!isObject(answer) || !Array.isArray(answer['channels'])) return undefined;
  const total = parseCounts(answer['total']);
  const channels = answer['channels'].map(parseChannel).filter((channel) => channel !== undefined);
  if (total === undefined || channels.length < answer['channels'].length) return undefined;
  return { channels, total };
}

function parseChannel(value: unknown): ListedChannel | undefined {
  const counts = parseCounts(value);
  if (counts === undefined || !isObject(value)) return undefined;
  const { channelId, channelName, galleryKey, percentage } = value;
  if (typeof channelId !== 'string' || typeof channelName !== 'string' || !isShare(percentage)) {
    return undefined;
  }
  const channel = { channelId, channelName, ...counts, percentage };
  if (!('galleryKey' in value)) return channel;
  return typeof galleryKey === 'string' ? { ...channel, galleryKey } : undefined;
}

function parseCounts(value: unknown): Counts | undefined {
  if (!isObject(value)) return undefined;
  const counts = byField(({ field }) => value[field]);
  return areCounts(counts) ? counts : undefined;
}

function areCounts(values: ByField<unknown>): values is ByField<number> {
  return Object.values(values).every(isCount);
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 100;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
