import type { HistoryAnswer } from '../../../functions/usage-api/get-history.ts';

/** The messages of each channel of a history, in each of its buckets, by the channel's id. */
export function messagesByChannel({ buckets }: HistoryAnswer): ReadonlyMap<string, readonly number[]> {
  const byChannel = new Map<string, number[]>();
  for (const { channels } of buckets) {
    for (const { channelId, messageCount } of channels) {
      const messages = byChannel.get(channelId) ?? [];
      messages.push(messageCount);
      byChannel.set(channelId, messages);
    }
  }
  return byChannel;
}
