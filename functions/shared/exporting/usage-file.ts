import { countsOf } from '../domain/metrics.ts';
import type { SealedDay } from '../domain/sealed-day.ts';
import { countFields } from '../domain/usage-increase.ts';

/** An object that holds a day of a peer. */
export interface UsageFile {
  key: string;
  body: string;
}

/** The type of JSON Lines. */
export const USAGE_FILE_TYPE = 'application/x-ndjson';

/** A day as an object in partitions by day and peer, with a line of JSON for each channel, most messages first. */
export function usageFile({ peerId, day, revision, channels }: SealedDay): UsageFile {
  const lines = channels.map((channel) =>
    JSON.stringify({
      peer_id: peerId,
      channel_id: channel.channelId,
      channel_name: channel.channelName,
      day,
      ...countFields(countsOf(channel)),
      revision,
    }),
  );
  return {
    key: `day=${day}/peer=${encodeURIComponent(peerId)}/usage.jsonl`,
    body: lines.map((line) => `${line}\n`).join(''),
  };
}
