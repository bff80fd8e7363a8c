import {
  addDays,
  DAY_MS,
  dayOf,
  type EpochMillis,
  HOUR_MS,
  MINUTE_MS,
  startOf,
} from '../../functions/shared/domain/utc-day.ts';
import { SeededRandom } from './seeded-random.ts';

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

/** A channel with the figures that it ends with. */
interface SampleChannel {
  peerId: string;
  channelId: string;
  channelName?: string;
  galleryKey?: string;
  messageCount: number;
  conversationCount: number;
}

/** The channels in the examples of the product document. */
const SAMPLE_CHANNELS: readonly SampleChannel[] = [
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

/** The peer of which health finds all that it can find of one, on the day on which the sample is loaded. */
const DEMO_PEER = 'peer_demo';

/** A channel of that peer, which has been registered for a month, and never had a message. */
export const NEVER_USED_CHANNEL = {
  peerId: DEMO_PEER,
  channelId: 'integration_discord',
  galleryKey: 'discord',
  registeredDaysAgo: 30,
} as const;

/** A channel of that peer with its messages day by day; today has none, so that any hour finds the same. */
interface DemoChannel {
  channelId: string;
  galleryKey: string;
  /**
   * @param daysAgo from 1, which is yesterday, to `DEMO_DAYS`
   * @param weekday from 0, which is Sunday, to 6
   */
  messagesOn(daysAgo: number, weekday: number): number;
}

const DEMO_DAYS = 35;
const DEMO_SEED = 20_261_123;
const DEMO_CONVERSATION_SIZE = 5;

const WEBCHAT_BY_WEEKDAY = [35, 100, 110, 105, 110, 95, 45];
/** Makes the weeks differ. It adds up to nothing, so that the channel's sum is the same on every day. */
const WEBCHAT_WAVE = [5, -5, 10, -10, 0];

/**
 * WebChat has more than nine of ten messages. So the others have few, and those whose yesterday stands out
 * from the same weekday of earlier weeks are used on that weekday alone.
 */
const DEMO_CHANNELS: readonly DemoChannel[] = [
  {
    channelId: 'integration_webchat',
    galleryKey: 'webchat',
    messagesOn: (daysAgo, weekday) =>
      (WEBCHAT_BY_WEEKDAY[weekday] ?? 0) + (WEBCHAT_WAVE[daysAgo % WEBCHAT_WAVE.length] ?? 0),
  },
  { channelId: 'integration_slack', galleryKey: 'slack', messagesOn: onceAWeek([45, 33, 24, 18, 13]) },
  { channelId: 'integration_email', galleryKey: 'email', messagesOn: onceAWeek([7, 23, 21, 24, 22]) },
  {
    channelId: 'integration_telegram',
    galleryKey: 'telegram',
    messagesOn: (daysAgo) => (daysAgo >= 12 ? 2 : 0),
  },
  {
    channelId: 'integration_whatsapp',
    galleryKey: 'whatsapp',
    messagesOn: (daysAgo) => (daysAgo <= 3 ? 4 : 0),
  },
];

/** @param figures those of yesterday, of the same weekday a week earlier, and so on */
function onceAWeek(figures: readonly number[]): DemoChannel['messagesOn'] {
  return (daysAgo) => (daysAgo % 7 === 1 ? (figures[(daysAgo - 1) / 7] ?? 0) : 0);
}

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
  const random = new SeededRandom(SEED);
  const hours = new WeightedHours(now - SPAN_DAYS * DAY_MS, now);
  return SAMPLE_CHANNELS.flatMap((channel) => channelMessages(channel, channel.channelId, hours, random))
    .concat(demoMessages(now))
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

function demoMessages(now: EpochMillis): DatedMessage[] {
  const random = new SeededRandom(DEMO_SEED);
  return Array.from({ length: DEMO_DAYS }, (_, index) => index + 1).flatMap((daysAgo) => {
    const day = addDays(dayOf(now), -daysAgo);
    const start = startOf(day);
    const hours = new WeightedHours(start, start + DAY_MS - 1);
    return DEMO_CHANNELS.flatMap(({ messagesOn, ...fields }) => {
      const messageCount = messagesOn(daysAgo, new Date(start).getUTCDay());
      const conversationCount = Math.ceil(messageCount / DEMO_CONVERSATION_SIZE);
      const channel = { peerId: DEMO_PEER, ...fields, messageCount, conversationCount };
      return channelMessages(channel, `${fields.channelId}-${day}`, hours, random);
    });
  });
}

/** @param conversations what the names of the conversations begin with */
function channelMessages(
  channel: SampleChannel,
  conversations: string,
  hours: WeightedHours,
  random: SeededRandom,
): DatedMessage[] {
  const { peerId, messageCount, conversationCount, ...fields } = channel;
  return partition(messageCount, conversationCount, random).flatMap((size, index) => {
    const conversationId = `${conversations}-conversation-${index + 1}`;
    return conversationTimes(size, hours, random).flatMap((sentAt, place) => {
      const messageId = `message-${place + 1}`;
      const message = (role: 'user' | 'assistant', id: string, at: EpochMillis): DatedMessage => ({
        peerId,
        sentAt: at,
        body: { messageId: id, conversationId, role, ...fields },
      });
      const said = [message('user', messageId, sentAt)];
      if (random.next() < REPLY_SHARE) {
        said.push(
          message('assistant', `${messageId}-reply`, Math.min(sentAt + REPLY_DELAY_MS, hours.latest)),
        );
      }
      return said;
    });
  });
}

/** Splits a number of messages into conversations of different lengths, each with one message or more. */
function partition(messages: number, conversations: number, random: SeededRandom): number[] {
  const weights = Array.from({ length: conversations }, () => 0.1 + random.next() ** 2);
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

/** When the users' messages of one conversation were sent: close together, and none after the latest instant. */
function conversationTimes(size: number, hours: WeightedHours, random: SeededRandom): EpochMillis[] {
  let elapsed = 0;
  const offsets = Array.from({ length: size }, (_, place) => {
    if (place > 0) {
      elapsed += Math.round(SHORTEST_GAP_MS + random.next() ** 2 * (LONGEST_GAP_MS - SHORTEST_GAP_MS));
    }
    return elapsed;
  });
  const start = Math.min(
    hours.pick(random.next()) + Math.floor(random.next() * HOUR_MS),
    hours.latest - elapsed,
  );
  return offsets.map((offset) => start + offset);
}

/** All hours from an instant up to the latest one, each with its weight. */
class WeightedHours {
  /** The last instant at which something may be sent. */
  readonly latest: EpochMillis;
  readonly #first: EpochMillis;
  /** For each hour the weights up to its own, added up. */
  readonly #cumulative: readonly number[];

  constructor(first: EpochMillis, latest: EpochMillis) {
    this.latest = latest;
    this.#first = first;
    const count = Math.ceil((latest - first) / HOUR_MS);
    let weightSoFar = 0;
    this.#cumulative = Array.from({ length: count }, (_, index) => {
      const date = new Date(first + index * HOUR_MS);
      const weekday = WEEKDAY_WEIGHTS[date.getUTCDay()] ?? 0;
      const hour = HOUR_WEIGHTS[date.getUTCHours()] ?? 0;
      weightSoFar += weekday * hour * (1 + (GROWTH * index) / count);
      return weightSoFar;
    });
  }

  /** The start of an hour, for a number from 0 up to 1: the busier an hour, the more numbers are its own. */
  pick(position: number): EpochMillis {
    const target = position * (this.#cumulative.at(-1) ?? 0);
    const index = this.#cumulative.findIndex((weight) => weight > target);
    return this.#first + Math.max(0, index) * HOUR_MS;
  }
}
