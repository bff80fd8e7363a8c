import * as z from 'zod/mini';
import { type Backoff, backoff } from '../../functions/shared/domain/backoff.ts';
import { channelStatsAnswer } from '../../functions/shared/domain/channel-stats.ts';
import { compareTexts } from '../../functions/shared/domain/compare-texts.ts';
import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import { type Message, messageFields } from '../../functions/shared/domain/message.ts';
import { DAY_MS, dayOf, type EpochMillis, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { errorInALine } from '../../functions/shared/runtime/error-text.ts';
import { isUnavailable } from '../../functions/shared/store/availability.ts';
import type { ChannelStore } from '../../functions/shared/store/channel-store.ts';
import { isContention, TRANSACTION_LIMIT } from '../../functions/shared/store/dynamodb.ts';
import type { MessageStore } from '../../functions/shared/store/message-store.ts';
import { readIfThere, writeDurably } from '../support/durable-file.ts';
import { HostError } from '../support/host-error.ts';
import type { Progress } from '../support/progress.ts';
import { NEVER_USED_CHANNEL, type SampleMessage, sampleMessages } from './sample-messages.ts';
import type { SampleStatusKeeper } from './sample-status.ts';

/** What loading the sample works with. */
export interface SampleOptions {
  /** Where the service answers. */
  url: string;
  apiKey: string;
  stateFile: string;
  /** Takes the messages by the hundred, as the HTTP API does not. */
  messages: Pick<MessageStore, 'putAllIfNew'>;
  /** For the channel that was registered a while ago: the HTTP API registers channels at the present time. */
  channels: Pick<ChannelStore, 'register'>;
  /** Whether the service has never recorded a message. */
  isEmpty: boolean;
  clock: () => EpochMillis;
  pause: (milliseconds: number) => Promise<void>;
  /** Told as soon as there is something to load, and how far it is. */
  status: Pick<SampleStatusKeeper, 'update'>;
  /** Shows the person at the terminal how many of so many messages are counted. */
  showProgress: (total: number) => Progress;
  /** Ends the loading; the next start goes on with it. */
  stop: AbortSignal;
}

const stateSchema = z.object({
  /** The instant that the messages were made for. */
  now: z.int(),
  batchesStored: z.int(),
  completed: z.boolean(),
});
type State = z.output<typeof stateSchema>;

/** While one is stored, this process makes the request of another. */
const BATCHES_AT_A_TIME = 2;
const ATTEMPTS = 5;
const PAUSES: Backoff = { firstMs: 400, longestMs: 10_000 };
/** Every look takes some of the time that storing and counting need. */
const LOOK_EVERY_MS = 1_000;
/** At the end, when somebody waits for the last. */
const LOOK_OFTEN_MS = 200;
const PATIENCE_MS = 60_000;

/**
 * Registers the channel that is never used, stores the messages, those of the newest day first, and waits until
 * they are counted. Where an earlier run was interrupted, it goes on from there: the messages are the same, so
 * that none counts twice.
 *
 * @returns how many user messages were counted; nothing where there was nothing to load
 * @throws HostError where the messages cannot be stored, or are not counted
 */
export async function loadSample(options: SampleOptions): Promise<number | undefined> {
  const { stateFile, isEmpty, clock, status, showProgress } = options;
  const earlier = await readState(stateFile);
  if (earlier === undefined ? !isEmpty : earlier.completed) return undefined;
  const state = earlier ?? { now: clock(), batchesStored: 0, completed: false };
  await writeState(stateFile, state);
  await registerNeverUsedChannel(options, state.now);

  const messages = sampleMessages(state.now);
  const batches = batchesOf(messages);
  const counted = messages.filter(({ body }) => body.role === 'user');
  const peers = [...new Set(messages.map(({ peerId }) => peerId))];
  status.update({ state: 'loading', messages: counted.length, peers });
  const progress = showProgress(counted.length);
  const storing = new Storing();
  try {
    await Promise.all([
      storing.follow(storeBatches(options, batches, state)),
      untilCounted(options, counted, storing, (countedMessages) => {
        progress.update(countedMessages);
        status.update({ countedMessages });
      }),
    ]);
  } finally {
    progress.end();
  }
  await writeState(stateFile, { ...state, batchesStored: batches.length, completed: true });
  return counted.length;
}

/** What those who wait for the messages to be counted know of their storing. */
class Storing {
  #state: 'under way' | 'done' | 'failed' = 'under way';

  get state(): 'under way' | 'done' | 'failed' {
    return this.#state;
  }

  /** @throws what the storing does */
  async follow(storing: Promise<void>): Promise<void> {
    try {
      await storing;
      this.#state = 'done';
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }
}

/** An earlier run may have registered it already, with the same instant. */
async function registerNeverUsedChannel({ channels }: SampleOptions, now: EpochMillis): Promise<void> {
  const { peerId, channelId, galleryKey, registeredDaysAgo } = NEVER_USED_CHANNEL;
  const registeredAt = now - registeredDaysAgo * DAY_MS;
  const outcome = await channels.register(peerId, channelId, registeredAt, {
    registryGalleryKey: galleryKey,
  });
  if (outcome === 'peer_is_full') throw new HostError(`${peerId} has too many channels for the sample`);
}

/**
 * The messages by the hundred, the newest day first, so that what people look at first is there first. A
 * conversation comes in its own order, with the day on which it started. What is counted together stands
 * together: a channel with its day. The same messages make the same batches.
 */
function batchesOf(messages: readonly SampleMessage[]): Message[][] {
  const started = new Map<string, UtcDay>();
  const keyed = messages.map(({ peerId, body }) => {
    const message: Message = { peerId, ...z.parse(messageFields(), body), sentAt: Date.parse(body.sentAt) };
    const channel = JSON.stringify([peerId, message.channelId]);
    const conversation = JSON.stringify([channel, message.conversationId]);
    const day = started.get(conversation) ?? dayOf(message.sentAt);
    started.set(conversation, day);
    return { day, channel, message };
  });
  const inOrder = keyed.sort((a, b) => compareTexts(b.day, a.day) || compareTexts(a.channel, b.channel));
  return inBatches(
    inOrder.map(({ message }) => message),
    TRANSACTION_LIMIT,
  );
}

/** Stores the batches that an earlier run has not stored. */
async function storeBatches(
  options: SampleOptions,
  batches: readonly Message[][],
  state: State,
): Promise<void> {
  for (let next = state.batchesStored; next < batches.length; next += BATCHES_AT_A_TIME) {
    options.stop.throwIfAborted();
    const some = batches.slice(next, next + BATCHES_AT_A_TIME);
    await Promise.all(some.map((batch) => storeBatch(options, batch)));
    await writeState(options.stateFile, { ...state, batchesStored: next + some.length });
  }
}

async function storeBatch({ messages, pause }: SampleOptions, batch: readonly Message[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await messages.putAllIfNew(batch);
    } catch (error) {
      if (!isUnavailable(error) && !isContention(error)) throw error;
      if (attempt === ATTEMPTS) {
        throw new HostError(`the sample was not stored: ${errorInALine(error)}`, { cause: error });
      }
    }
    await pause(backoff(PAUSES, attempt));
  }
}

/**
 * Looks at the figures, and tells how many messages they hold, until they hold the whole sample; they may hold
 * messages of others as well. Where the messages cannot be stored, it ends as well.
 *
 * @throws HostError where all are stored, and no more are counted for a minute
 */
async function untilCounted(
  options: SampleOptions,
  userMessages: readonly SampleMessage[],
  storing: Pick<Storing, 'state'>,
  tell: (countedMessages: number) => void,
): Promise<void> {
  const { clock, pause } = options;
  const expected = Map.groupBy(userMessages, ({ peerId }) => peerId);
  let missing = Number.POSITIVE_INFINITY;
  let missingSince = clock();
  while (storing.state !== 'failed') {
    let stillMissing = 0;
    for (const [peerId, messages] of expected) stillMissing += await missingOf(options, peerId, messages);
    tell(userMessages.length - stillMissing);
    if (stillMissing === 0) return;
    if (stillMissing !== missing || storing.state === 'under way') {
      missing = stillMissing;
      missingSince = clock();
    } else if (clock() - missingSince > PATIENCE_MS) {
      throw new HostError(`${missing} messages of the sample were not counted; host.log tells why`);
    }
    await pause(storing.state === 'done' ? LOOK_OFTEN_MS : LOOK_EVERY_MS);
  }
}

async function missingOf(
  options: SampleOptions,
  peerId: string,
  userMessages: readonly SampleMessage[],
): Promise<number> {
  const target = `${options.url}/api/v1/peer/${peerId}/channel-stats?include=disabled,removed`;
  const answer = await request(options, target);
  if (answer.status !== 200) throw new HostError(`the service answered ${answer.status} for ${peerId}`);
  const stats = z.parse(channelStatsAnswer, answer.body);
  const counted = new Map(stats.channels.map((channel) => [channel.channelId, channel.messageCount]));
  const expected = Map.groupBy(userMessages, ({ body }) => body.channelId);
  return [...expected].reduce(
    (sum, [channelId, messages]) => sum + Math.max(0, messages.length - (counted.get(channelId) ?? 0)),
    0,
  );
}

async function request(
  { apiKey, stop }: SampleOptions,
  target: string,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(target, { headers: { authorization: `Bearer ${apiKey}` }, signal: stop });
  return { status: response.status, body: await response.json() };
}

async function readState(file: string): Promise<State | undefined> {
  const content = await readIfThere(file);
  if (content === undefined) return undefined;
  try {
    return z.parse(stateSchema, JSON.parse(content));
  } catch (error) {
    throw new HostError(`${file} cannot be read; delete it if the sample is not to go on`, { cause: error });
  }
}

async function writeState(file: string, state: State): Promise<void> {
  await writeDurably(file, `${JSON.stringify(state)}\n`);
}
