import * as z from 'zod/mini';
import { recordedMessages } from '../../functions/record-messages/recorded-messages.ts';
import { type Backoff, backoff } from '../../functions/shared/domain/backoff.ts';
import { channelStatsAnswer } from '../../functions/shared/domain/channel-stats.ts';
import { DAY_MS, type EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { ChannelStore } from '../../functions/shared/store/channel-store.ts';
import { readIfThere, writeDurably } from '../support/durable-file.ts';
import { HostError } from '../support/host-error.ts';
import type { Progress } from '../support/progress.ts';
import { NEVER_USED_CHANNEL, type SampleMessage, sampleMessages } from './sample-messages.ts';

/** What loading the sample works with. */
export interface SampleOptions {
  /** Where the service answers. */
  url: string;
  apiKey: string;
  stateFile: string;
  /** For the channel that was registered a while ago: the HTTP API registers channels at the present time. */
  channels: Pick<ChannelStore, 'register'>;
  /** Whether the service has never recorded a message. */
  isEmpty: boolean;
  clock: () => EpochMillis;
  pause: (milliseconds: number) => Promise<void>;
  /** Shows the person at the terminal how many of so many messages are sent. */
  showProgress: (total: number) => Progress;
  /** Ends the loading; the next start goes on with it. */
  stop: AbortSignal;
}

const stateSchema = z.object({
  /** The instant that the messages were made for. */
  now: z.int(),
  batchesSent: z.int(),
  completed: z.boolean(),
});
type State = z.output<typeof stateSchema>;

const BATCH_SIZE = 500;
const ATTEMPTS = 5;
const PAUSES: Backoff = { firstMs: 400, longestMs: 10_000 };
const LOOK_EVERY_MS = 200;
const PATIENCE_MS = 60_000;

/**
 * Registers the channel that is never used, sends the messages through the HTTP API, and waits until they
 * are counted. Where an earlier run was interrupted, it goes on from there: the messages are the same, so
 * that none counts twice.
 *
 * @returns how many user messages were counted; nothing where there was nothing to load
 * @throws HostError where the service does not take the messages, or does not count them
 */
export async function loadSample(options: SampleOptions): Promise<number | undefined> {
  const { stateFile, isEmpty, clock, showProgress } = options;
  const earlier = await readState(stateFile);
  if (earlier === undefined ? !isEmpty : earlier.completed) return undefined;
  const state = earlier ?? { now: clock(), batchesSent: 0, completed: false };
  await writeState(stateFile, state);
  await registerNeverUsedChannel(options, state.now);

  const messages = sampleMessages(state.now);
  const batches = batchesOf(messages);
  const counted = messages.filter(({ body }) => body.role === 'user');
  const progress = showProgress(messages.length);
  try {
    await sendBatches(options, batches, state, progress);
    progress.note('(the last are being counted)');
    await waitUntilCounted(options, counted);
  } finally {
    progress.end();
  }
  await writeState(stateFile, { ...state, batchesSent: batches.length, completed: true });
  return counted.length;
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

interface Batch {
  peerId: string;
  messages: SampleMessage['body'][];
}

/** Requests of up to 500 messages of one peer, in the order of time; the same ones for the same messages. */
function batchesOf(messages: readonly SampleMessage[]): Batch[] {
  const batches: Batch[] = [];
  const filling = new Map<string, Batch>();
  for (const { peerId, body } of messages) {
    let batch = filling.get(peerId);
    if (batch === undefined || batch.messages.length >= BATCH_SIZE) {
      batch = { peerId, messages: [] };
      filling.set(peerId, batch);
      batches.push(batch);
    }
    batch.messages.push(body);
  }
  return batches;
}

/** Sends the batches that an earlier run has not sent. */
async function sendBatches(
  options: SampleOptions,
  batches: readonly Batch[],
  state: State,
  progress: Progress,
): Promise<void> {
  let sent = batches.slice(0, state.batchesSent).reduce((sum, batch) => sum + batch.messages.length, 0);
  progress.update(sent);
  for (const [index, batch] of batches.entries()) {
    if (index < state.batchesSent) continue;
    await sendBatch(options, batch);
    await writeState(options.stateFile, { ...state, batchesSent: index + 1 });
    sent += batch.messages.length;
    progress.update(sent);
  }
}

async function sendBatch(options: SampleOptions, { peerId, messages }: Batch): Promise<void> {
  const { pause, url } = options;
  const target = `${url}/api/v1/peer/${encodeURIComponent(peerId)}/messages`;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await request(options, target, { messages });
    if (answer.status === 200) {
      const { rejected } = z.parse(recordedMessages, answer.body);
      const [first] = rejected;
      if (first === undefined) return;
      if (rejected.some(({ code }) => code !== 'unavailable')) {
        throw new HostError(`the sample was not recorded: ${first.message}`);
      }
    }
    const isPassing = answer.status === 200 || answer.status === 429 || answer.status >= 500;
    if (!isPassing || attempt === ATTEMPTS) {
      throw new HostError(`the sample was not recorded: the service answered ${answer.status}`);
    }
    await pause(backoff(PAUSES, attempt));
  }
}

/** Looks at the figures until they hold the whole sample; they may hold messages of others as well. */
async function waitUntilCounted(
  options: SampleOptions,
  userMessages: readonly SampleMessage[],
): Promise<void> {
  const { clock, pause } = options;
  const expected = Map.groupBy(userMessages, ({ peerId }) => peerId);
  let missing = Number.POSITIVE_INFINITY;
  let missingSince = clock();
  while (true) {
    let stillMissing = 0;
    for (const [peerId, messages] of expected) stillMissing += await missingOf(options, peerId, messages);
    if (stillMissing === 0) return;
    if (stillMissing !== missing) {
      missing = stillMissing;
      missingSince = clock();
    } else if (clock() - missingSince > PATIENCE_MS) {
      throw new HostError(`${missing} messages of the sample were not counted; host.log tells why`);
    }
    await pause(LOOK_EVERY_MS);
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
  json?: object,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(target, {
    method: json === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    signal: stop,
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
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
