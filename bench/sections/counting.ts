import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { addDays, startOf } from '../../functions/shared/domain/utc-day.ts';
import { ourCounter } from '../../test/faults/any-counter/our-counter.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { Random } from '../../test/support/random.ts';
import { type Ahead, cpuMicroseconds, whereAhead } from '../measure/comparison.ts';
import { countingContestant, type Workload } from '../measure/counting-contestants.ts';
import { interleaved, type Measured } from '../measure/interleaved.ts';
import { isRight } from '../measure/soundness.ts';
import { noiseNote, type Ratio, ratioOf } from '../measure/statistics.ts';
import { short, table, times } from '../measure/table.ts';
import { PEERS } from '../peers/peers.ts';
import { dayOfManyPeers } from '../write-units.ts';
import type { BenchOptions, Section } from './section.ts';

const TODAY = '2026-11-22';
const NOW = startOf(TODAY) + 12 * 3_600_000;
const MOST_CONVERSATIONS = 10;

/** How much is measured. */
interface Extent {
  batchSize: number;
  /** How many messages of each peer and channel are in a batch, with how many batches are measured of them. */
  even: readonly { perPeer: number; batches: number }[];
  mixedPeers: number;
  rounds: number;
  schedules: number;
}
const FULL: Extent = {
  batchSize: 100,
  // The less a batch takes, the more of them: else most of what is measured is the start.
  even: [
    { perPeer: 1, batches: 12 },
    { perPeer: 10, batches: 24 },
    { perPeer: 100, batches: 48 },
  ],
  mixedPeers: 60,
  rounds: 5,
  schedules: 10,
};
const QUICK: Extent = {
  batchSize: 10,
  even: [{ perPeer: 10, batches: 1 }],
  mixedPeers: 2,
  rounds: 1,
  schedules: 1,
};

/** Batches of messages, with some of each peer's only channel. */
function even({ perPeer, batches }: Extent['even'][number], batchSize: number): Workload {
  const batch = (first: number) =>
    Array.from({ length: batchSize }, (_, index) => {
      const peer = Math.floor(index / perPeer);
      const number = first * perPeer + (index % perPeer);
      return messageOf(peer, number, Math.min(perPeer, MOST_CONVERSATIONS));
    });
  return {
    short: `k = ${perPeer}`,
    name: `k = ${perPeer}: of the ${batchSize} messages of a batch, ${perPeer} of each peer and channel`,
    before: [batch(0)],
    measured: Array.from({ length: batches }, (_, index) => batch(1 + index)),
    now: NOW,
  };
}

/** Ids are as long as UUIDs. */
function messageOf(peer: number, number: number, conversations: number): UserMessage {
  return {
    peerId: `${peer}`.padStart(36, 'p'),
    channelId: 'integration_webchat',
    conversationId: `${number % conversations}`.padStart(36, 'c'),
    messageId: `${number}`.padStart(36, 'm'),
    sentAt: startOf(TODAY) + number,
  };
}

/** A day of many peers, few of them busy, from its first message on: the first day that they have, and the second one. */
function mixes({ batchSize, mixedPeers: peers }: Extent): Workload[] {
  const random = new Random(1);
  const [first = [], second = []] = [addDays(TODAY, -1), TODAY].map((day) =>
    inBatches(dayOfManyPeers(peers, day, random), batchSize),
  );
  const name = `of ${peers} peers, of which few are busy and most are not, from its first message on`;
  const before = startOf(TODAY) - 12 * 3_600_000;
  return [
    { short: 'the mix', name: `The first day ${name}`, before: [], measured: first, now: before },
    { short: 'the mix, later', name: `The second day ${name}`, before: first, measured: second, now: NOW },
  ];
}

const HEAD = [
  'a message',
  'write units',
  'read units',
  'calls',
  'CPU',
  'its CPU / ours',
  'messages a second of a processor',
  'under faults',
];

function row(measured: Measured, ours: Measured, messages: number, verdict: string): string[] {
  const { name, usage, cpuMs } = measured;
  const microseconds = cpuMicroseconds(measured, messages);
  return [
    name,
    ...[usage.writeUnits, usage.readUnits, usage.calls].map((each) => short(each / messages)),
    `${short(microseconds)} µs`,
    times(ratioOf(cpuMs, ours.cpuMs)),
    short(1e6 / microseconds),
    verdict,
  ];
}

/** Which of the counters are right under fault schedules, by name. */
async function verdicts(database: TestDatabase, schedules: number): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kind of [ourCounter, ...PEERS]) {
    found.set(kind.name, (await isRight(database, kind, schedules)) ? 'right' : 'wrong');
  }
  return found;
}

/** What is told of a workload, the ratios that were taken, and where others are ahead. */
interface Told {
  short: string;
  text: string;
  ratios: Ratio[];
  ahead: Ahead[];
}

async function tell(
  database: TestDatabase,
  workload: Workload,
  rounds: number,
  verdictOf: ReadonlyMap<string, string>,
): Promise<Told> {
  const contestants = [ourCounter, ...PEERS].map((kind) => countingContestant(database, kind, workload));
  const measured = await interleaved(database, contestants, rounds);
  const [ours, ...others] = measured;
  if (ours === undefined) throw new Error('nothing was measured');
  const messages = workload.measured.flat().length;
  const verdict = ({ name }: Measured) => verdictOf.get(name) ?? '';
  const rows = measured.map((each) => row(each, ours, messages, verdict(each)));
  return {
    short: workload.short,
    text: `### ${workload.name}\n\n${table(HEAD, rows)}`,
    ratios: others.map(({ cpuMs }) => ratioOf(cpuMs, ours.cpuMs)),
    ahead: others.map((each) => whereAhead(each, ours)),
  };
}

/** In what each of the others is ahead of the service, workload by workload. */
function behindTable(told: readonly Told[], verdictOf: ReadonlyMap<string, string>): string {
  const rows = PEERS.map(({ name }) => [
    name,
    ...told.map(({ ahead }) => ahead.find((each) => each.name === name)?.in.join(', ') || 'nothing'),
    verdictOf.get(name) ?? '',
  ]);
  return table(['ahead in', ...told.map((each) => each.short), 'under faults'], rows);
}

async function run({ database, isQuick }: BenchOptions): Promise<string> {
  const extent = isQuick ? QUICK : FULL;
  const { batchSize, rounds, schedules } = extent;
  const verdictOf = await verdicts(database, schedules);
  const workloads = [...extent.even.map((each) => even(each, batchSize)), ...mixes(extent)];
  const told: Told[] = [];
  for (const workload of workloads) {
    process.stderr.write(`  ${workload.short}\n`);
    told.push(await tell(database, workload, rounds, verdictOf));
  }
  return [
    `Batches of ${batchSize} messages, as the stream brings them, given to the service's counting core and to ` +
      'what would be used instead of it, all with the same client of the SDK. At k = 1, 10 and 100 days are open and ' +
      'conversations are known; in the mix, opening days and starting conversations is in the figures, and on the first ' +
      'day registering channels. The service counts messages and conversations, the others messages alone. CPU is that ' +
      'of the process that counts, user and system; the last column but one follows from it. A refused write is counted ' +
      'as DynamoDB bills it.',
    ...told.map(({ text }) => text),
    '### Where others are ahead of the service',
    behindTable(told, verdictOf),
    noiseNote(told.flatMap(({ ratios }) => ratios)),
    `"Right" is what was right under ${schedules} fault schedules; "wrong" what was not.`,
  ].join('\n\n');
}

/** Counting, against what would be used instead. */
export const counting: Section = { name: 'counting', title: 'Counting', run };
