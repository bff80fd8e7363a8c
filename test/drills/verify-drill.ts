import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { buildCounter } from '../../functions/shared/counting/build-counter.ts';
import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { addDays, dayOf, startOf } from '../../functions/shared/domain/utc-day.ts';
import type { TestDatabase } from '../support/database/database.ts';
import { Random } from '../support/random.ts';
import { servedOverHttp } from '../support/service/served.ts';
import { testDependencies } from '../support/service/test-dependencies.ts';
import { testService } from '../support/service/test-service.ts';

/** What the drill does. */
export interface VerifyDrill {
  messages: number;
  /** On how many days they are, on each of some channels. */
  days: number;
  /** How many messages are made to differ. */
  differences: number;
  seed: number;
}

/** What came of it. */
export interface VerifyDrilled {
  /** Whether the differences that were found are those that were planted. */
  isExact: boolean;
  found: number;
  /** How many channels and days there are, and how many of them differ. */
  places: number;
  differingPlaces: number;
  /** How many messages are counted on those that differ. */
  evidence: number;
  reads: { requests: number; fingerprints: number };
  /** The most memory that the command had, in bytes. */
  peakBytes: number;
}

const PEER = 'peer_drill';
const NOW = '2026-11-22T10:00:00.000Z';
const LAST_DAY = '2026-11-21';
const CHANNELS = ['slack', 'email', 'direct', 'webchat'];
const CONVERSATION_MESSAGES = 20;
const COUNTED_TOGETHER = 500;
const COMMAND = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
/** Makes the command say, at its end, how much memory it had. */
const TELL_PEAK =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS+"\\n"))';

const KINDS = ['only_here', 'only_there', 'differs', 'role'] as const;

/** A message, and how the list and the service differ on it, if they do. */
interface Planted {
  message: Message;
  kind?: (typeof KINDS)[number];
}

const jsonLine = z.union([
  z.object({ summary: z.object({ reads: z.object({ requests: z.number(), fingerprints: z.number() }) }) }),
  z.object({ kind: z.literal('only_there'), channelId: z.string(), day: z.string() }),
  z.object({ kind: z.enum(['only_here', 'differs']), message: z.object({ messageId: z.string() }) }),
]);

/** Counts messages of a peer, makes some of a list of them differ, and lets the command find these. */
export async function drillVerify(
  database: TestDatabase,
  folder: string,
  { messages, days, differences, seed }: VerifyDrill,
): Promise<VerifyDrilled> {
  const all = plant(messages, days, differences, new Random(seed));
  const dependencies = await testDependencies(database, NOW);
  const service = testService(dependencies);
  const counted = all.flatMap((planted) => countedOf(planted) ?? []);
  const counter = await buildCounter(dependencies);
  for (const batch of inBatches(counted, COUNTED_TOGETHER)) await counter.count(batch);
  const file = join(folder, 'messages.jsonl');
  await writeList(file, all);
  const server = await servedOverHttp(service);
  try {
    // Nothing is stored of the messages, so that no look-up would have more to say.
    const key = await service.addKey('drill', { scopes: ['stats:read', 'proof:read'] });
    const ran = await run(['--peer', PEER, '--file', file, '--url', server.url, '--json'], key);
    return drilled(all, counted, ran);
  } finally {
    await server.stop();
  }
}

/** Messages in the order of their days and channels, some of which are to differ. */
function plant(messages: number, days: number, differences: number, random: Random): Planted[] {
  const places = days * CHANNELS.length;
  const all = Array.from({ length: messages }, (_, index): Planted => {
    const place = Math.floor((index * places) / messages);
    const day = addDays(LAST_DAY, -Math.floor(place / CHANNELS.length));
    const channelId = CHANNELS[place % CHANNELS.length] ?? '';
    const conversationId = `${channelId}-${Math.floor(index / CONVERSATION_MESSAGES)}`;
    const sentAt = startOf(day) + index;
    return {
      message: { peerId: PEER, conversationId, messageId: `m${index}`, channelId, role: 'user', sentAt },
    };
  });
  const chosen = new Set<number>();
  while (chosen.size < differences) chosen.add(random.integer(0, messages - 1));
  for (const index of chosen) {
    const planted = all[index];
    if (planted !== undefined) planted.kind = random.pick(KINDS);
  }
  return all;
}

/** A message as the service has it. */
function countedOf({ message, kind }: Planted): Message | undefined {
  if (kind === 'only_here') return undefined;
  return kind === 'differs' ? { ...message, channelId: otherChannel(message.channelId) } : message;
}

/** A message as the list has it. */
function listedOf({ message, kind }: Planted): Message | undefined {
  if (kind === 'only_there') return undefined;
  return kind === 'role' ? { ...message, role: 'assistant' } : message;
}

function otherChannel(channelId: string): string {
  return CHANNELS[(CHANNELS.indexOf(channelId) + 1) % CHANNELS.length] ?? '';
}

async function writeList(file: string, all: readonly Planted[]): Promise<void> {
  const stream = createWriteStream(file);
  for (const planted of all) {
    const listed = listedOf(planted);
    if (listed === undefined) continue;
    const { peerId: _, sentAt, ...fields } = listed;
    const line = JSON.stringify({ ...fields, sentAt: new Date(sentAt).toISOString() });
    if (!stream.write(`${line}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

interface Ran {
  lines: z.output<typeof jsonLine>[];
  peakBytes: number;
}

async function run(options: readonly string[], key: string): Promise<Ran> {
  const env = { ...process.env, CHANNEL_USAGE_API_KEY: key };
  const command = spawn(process.execPath, ['--import', TELL_PEAK, COMMAND, 'verify', ...options], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  command.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(command, 'close');
  const lines: Ran['lines'] = [];
  for await (const line of createInterface({ input: command.stdout })) {
    lines.push(jsonLine.parse(JSON.parse(line)));
  }
  await ended;
  const [, kilobytes] = /^peak (\d+)$/m.exec(said) ?? [];
  if (kilobytes === undefined || !lines.some((line) => 'summary' in line))
    throw new Error(`the command failed: ${said}`);
  return { lines, peakBytes: Number(kilobytes) * 1_024 };
}

function drilled(
  all: readonly Planted[],
  counted: readonly Message[],
  { lines, peakBytes }: Ran,
): VerifyDrilled {
  const differing = all.filter(({ kind }) => kind !== undefined);
  const expected = differing.map((planted) => {
    const { message, kind } = planted;
    return kind === 'only_there'
      ? `${kind} ${placeOf(message)}`
      : `${kind === 'role' ? 'differs' : kind} ${message.messageId}`;
  });
  const found: string[] = [];
  let reads = { requests: 0, fingerprints: 0 };
  for (const line of lines) {
    if ('summary' in line) reads = line.summary.reads;
    else if (line.kind === 'only_there') found.push(`only_there ${line.channelId} ${line.day}`);
    else found.push(`${line.kind} ${line.message.messageId}`);
  }
  const places = new Set(
    differing.flatMap((planted) => {
      const here = planted.kind === 'role' ? undefined : listedOf(planted);
      return [here, countedOf(planted)].flatMap((side) => (side === undefined ? [] : [placeOf(side)]));
    }),
  );
  return {
    isExact: JSON.stringify(found.sort()) === JSON.stringify(expected.sort()),
    found: found.length,
    places: new Set(counted.map(placeOf)).size,
    differingPlaces: places.size,
    evidence: counted.filter((message) => places.has(placeOf(message))).length,
    ...{ reads, peakBytes },
  };
}

function placeOf({ channelId, sentAt }: Message): string {
  return `${channelId} ${dayOf(sentAt)}`;
}
