import { DAY_MS, type EpochMillis, MINUTE_MS } from '../functions/domain/utc-day.ts';

/** A message as a platform sends it to `POST /peer/{peerId}/messages`. */
export interface SampleMessage {
  peerId: string;
  body: {
    messageId: string;
    conversationId: string;
    channelId: string;
    role: 'user' | 'assistant';
    /** ISO 8601. */
    sentAt: string;
    channelName?: string;
    galleryKey?: string;
  };
}

/** A channel of the sample, with the figures that it ends with. */
export interface SampleChannel {
  peerId: string;
  channelId: string;
  channelName?: string;
  galleryKey?: string;
  messageCount: number;
  conversationCount: number;
}

/** The channels in the examples of the product document. */
export const SAMPLE_CHANNELS: readonly SampleChannel[] = [
  {
    peerId: 'peer_support',
    channelId: 'integration_webchat',
    galleryKey: 'webchat',
    messageCount: 8245,
    conversationCount: 485,
  },
  {
    peerId: 'peer_support',
    channelId: 'integration_slack',
    galleryKey: 'slack',
    messageCount: 2890,
    conversationCount: 156,
  },
  {
    peerId: 'peer_support',
    channelId: 'integration_email',
    galleryKey: 'email',
    messageCount: 1120,
    conversationCount: 78,
  },
  { peerId: 'peer_support', channelId: 'direct', messageCount: 195, conversationCount: 12 },
  {
    peerId: 'peer_hr',
    channelId: 'integration_slack',
    galleryKey: 'slack',
    messageCount: 2950,
    conversationCount: 890,
  },
  { peerId: 'peer_hr', channelId: 'direct', messageCount: 290, conversationCount: 45 },
  {
    peerId: 'peer_123',
    channelId: 'integration_123',
    channelName: 'WebChat',
    galleryKey: 'webchat',
    messageCount: 8245,
    conversationCount: 485,
  },
  {
    peerId: 'peer_123',
    channelId: 'integration_456',
    channelName: 'Slack Support',
    galleryKey: 'slack',
    messageCount: 2890,
    conversationCount: 156,
  },
  { peerId: 'peer_123', channelId: 'direct', messageCount: 195, conversationCount: 12 },
];

const SPAN_DAYS = 56;
const SEED = 20_261_122;

/** How busy a day of the week is, from Sunday on. */
const WEEKDAY_WEIGHTS = [0.15, 1, 1.1, 1.1, 1.05, 0.85, 0.2];
/** How busy an hour of the day is: an office's hours, with a lunch break, and a few at night. */
const HOUR_WEIGHTS = [
  0.04, 0.03, 0.02, 0.02, 0.03, 0.08, 0.2, 0.5, 0.9, 1.1, 1.15, 1.05, 0.75, 0.9, 1.1, 1.05, 0.85, 0.55, 0.35,
  0.28, 0.22, 0.16, 0.1, 0.06,
];
/** So much busier is the last day than the first. */
const GROWTH = 0.35;
/** This share of the users' messages is followed by a reply, which does not count. */
const REPLY_SHARE = 0.15;
const SHORTEST_GAP_MS = 15_000;
const LONGEST_GAP_MS = 4 * MINUTE_MS;
const REPLY_DELAY_MS = 4_000;

/**
 * The sample's messages, in the order in which they were sent: for every channel exactly its figures,
 * over the eight weeks up to `now`, with the rhythm of weekdays and office hours, and with assistants'
 * replies in between. The same `now` gives the same messages.
 */
export function sampleMessages(now: EpochMillis): SampleMessage[] {
  const random = seededRandom(SEED);
  const hours = weightedHours(now);
  return SAMPLE_CHANNELS.flatMap((channel) => channelMessages(channel, now, hours, random))
    .sort((a, b) => a.sentAt - b.sentAt)
    .map(({ sentAt, peerId, body }) => ({
      peerId,
      body: { ...body, sentAt: new Date(sentAt).toISOString() },
    }));
}

interface DatedMessage {
  peerId: string;
  sentAt: EpochMillis;
  body: Omit<SampleMessage['body'], 'sentAt'>;
}

function channelMessages(
  channel: SampleChannel,
  now: EpochMillis,
  hours: WeightedHours,
  random: () => number,
): DatedMessage[] {
  const { peerId, messageCount, conversationCount, ...fields } = channel;
  return partition(messageCount, conversationCount, random).flatMap((size, index) => {
    const conversationId = `${channel.channelId}-conversation-${index + 1}`;
    return conversationTimes(size, now, hours, random).flatMap((sentAt, place) => {
      const messageId = `message-${place + 1}`;
      const message = (role: 'user' | 'assistant', id: string, at: EpochMillis): DatedMessage => ({
        peerId,
        sentAt: at,
        body: { messageId: id, conversationId, role, ...fields },
      });
      const said = [message('user', messageId, sentAt)];
      if (random() < REPLY_SHARE) {
        said.push(message('assistant', `${messageId}-reply`, Math.min(sentAt + REPLY_DELAY_MS, now)));
      }
      return said;
    });
  });
}

/** Splits a number of messages into conversations of different lengths, each with one message or more. */
function partition(messages: number, conversations: number, random: () => number): number[] {
  const weights = Array.from({ length: conversations }, () => 0.1 + random() ** 2);
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  const spare = messages - conversations;
  let weightSoFar = 0;
  let sharedOut = 0;
  // Rounding the running sum, rather than every share, makes the shares add up to the whole.
  return weights.map((weight) => {
    weightSoFar += weight;
    const through = Math.round((spare * weightSoFar) / weightSum);
    const size = 1 + through - sharedOut;
    sharedOut = through;
    return size;
  });
}

/** When the users' messages of one conversation were sent: close together, and none after `now`. */
function conversationTimes(
  size: number,
  now: EpochMillis,
  hours: WeightedHours,
  random: () => number,
): EpochMillis[] {
  let elapsed = 0;
  const offsets = Array.from({ length: size }, (_, place) => {
    if (place > 0) {
      elapsed += Math.round(SHORTEST_GAP_MS + random() ** 2 * (LONGEST_GAP_MS - SHORTEST_GAP_MS));
    }
    return elapsed;
  });
  const start = Math.min(hours.pick(random()) + Math.floor(random() * 60 * MINUTE_MS), now - elapsed);
  return offsets.map((offset) => start + offset);
}

interface WeightedHours {
  /** The start of an hour, for a number from 0 up to 1: the busier an hour, the more numbers are its own. */
  pick(position: number): EpochMillis;
}

/** All hours of the sample's weeks, each with its weight. */
function weightedHours(now: EpochMillis): WeightedHours {
  const first = now - SPAN_DAYS * DAY_MS;
  const starts = Array.from({ length: SPAN_DAYS * 24 }, (_, index) => first + index * 60 * MINUTE_MS);
  let weightSoFar = 0;
  const cumulative = starts.map((start, index) => {
    const date = new Date(start);
    const weekday = WEEKDAY_WEIGHTS[date.getUTCDay()] ?? 0;
    const hour = HOUR_WEIGHTS[date.getUTCHours()] ?? 0;
    weightSoFar += weekday * hour * (1 + (GROWTH * index) / starts.length);
    return weightSoFar;
  });
  return {
    pick(position) {
      const target = position * weightSoFar;
      const index = cumulative.findIndex((weight) => weight > target);
      return starts[index] ?? first;
    },
  };
}

/** Numbers from 0 up to 1 that look random and are the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
