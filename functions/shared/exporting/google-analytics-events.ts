import { createHash } from 'node:crypto';
import type { AnalyticsClaim } from '../domain/google-analytics-day.ts';
import { METRICS } from '../domain/metrics.ts';
import { countFields, noonOf, snakeCase } from '../domain/usage-increase.ts';

const VALUE_CHARACTERS = 100;
const HASH_CHARACTERS = 16;

/**
 * The body of the request that tells Google Analytics what was claimed. All of it lies at noon of its day, and belongs
 * to a client that stands for the peer.
 */
export function analyticsBody(claim: AnalyticsClaim): string {
  const { peerId, day } = claim;
  return JSON.stringify({
    client_id: clientIdOf(peerId),
    timestamp_micros: timestampMicrosOf(claim),
    // What breaks a limit is not taken, instead of being taken cut off, or on another day.
    validation_behavior: 'ENFORCE_RECOMMENDATIONS',
    events: analyticsEvents(claim).map(({ name, params }) => ({
      name,
      params: { peer_id: idValue(peerId), day, ...params },
    })),
  });
}

/** An event, without what all events of a request have. */
export interface AnalyticsEvent {
  name: string;
  params: Record<string, string | number>;
}

/** The events of a claim: one of the peer, where it is due, and one of each channel. */
function analyticsEvents({ peer, channels }: AnalyticsClaim): AnalyticsEvent[] {
  const ofChannels = channels.map(({ channelId, channelName, ...counts }) => ({
    name: 'channel_usage',
    params: {
      channel_id: idValue(channelId),
      channel_name: nameValue(channelName),
      ...countFields(counts),
    },
  }));
  if (peer === undefined) return ofChannels;
  const totals = METRICS.map(({ field, total }) => [snakeCase(total), peer[field]]);
  const params = { ...Object.fromEntries(totals), channel_count: peer.channelCount };
  return [{ name: 'peer_channel_stats', params }, ...ofChannels];
}

/** The instant of what was claimed, in microseconds since 1970. */
function timestampMicrosOf({ day }: Pick<AnalyticsClaim, 'day'>): number {
  return noonOf(day) * 1_000;
}

/** What Google Analytics calls a client: two numbers above 0, always the same for a peer. */
function clientIdOf(peerId: string): string {
  const hash = createHash('sha256').update(peerId).digest();
  return [0, 4].map((offset) => Math.max(1, hash.readUInt32BE(offset))).join('.');
}

/** An id within the limit of values; one that is longer ends in a hash of it, so that ids that differ still do. */
function idValue(id: string): string {
  if (id.length <= VALUE_CHARACTERS) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_CHARACTERS);
  return `${beginning(id, VALUE_CHARACTERS - HASH_CHARACTERS - 1)}~${hash}`;
}

/** A name within the limit of values. */
function nameValue(name: string): string {
  return name.length <= VALUE_CHARACTERS ? name : `${beginning(name, VALUE_CHARACTERS - 1)}…`;
}

/** The beginning of a text, at most so long, that cuts no character in two. */
function beginning(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}
