import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import { addDays, HOUR_MS, MINUTE_MS, startOf, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { documentClient, systemEffects } from '../../functions/shared/runtime/dependencies.ts';
import type { CounterKind } from '../../test/faults/any-counter/any-counter.ts';
import { ourCounter } from '../../test/faults/any-counter/our-counter.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { Random } from '../../test/support/random.ts';
import { costOf, DEFAULT_PRICES } from '../../tools/support/bill/prices.ts';
import { productClient } from '../measure/clients.ts';
import { cpuMicroseconds, whereAhead } from '../measure/comparison.ts';
import { type Contestant, interleaved, type Measured } from '../measure/interleaved.ts';
import { isRight } from '../measure/soundness.ts';
import { noiseNote, ratioOf } from '../measure/statistics.ts';
import { short, table, times } from '../measure/table.ts';
import { soundDay } from '../peers/sound-day.ts';
import { unsoundDay } from '../peers/unsound-day.ts';
import { dayOfManyPeers } from '../write-units.ts';
import type { BenchOptions, Section } from './section.ts';

const DAY: UtcDay = '2026-11-21';
const MESSAGES_A_BATCH = 100;
const KINDS = [ourCounter, soundDay, unsoundDay];

/** The day before, which is not measured, and a day with its job. */
function contestant(database: TestDatabase, kind: CounterKind, peers: number): Contestant {
  return {
    name: kind.name,
    client: productClient,
    async begin(client) {
      let now = 0;
      const start = await kind.setUp(database);
      const process = { ...systemEffects(), client, documents: documentClient(client), clock: () => now };
      const counter = await start(process);
      const live = async (day: UtcDay) => {
        now = startOf(day) + 12 * HOUR_MS;
        for (const batch of inBatches(dayOfManyPeers(peers, day, new Random(1)), MESSAGES_A_BATCH)) {
          const failed = await counter.deliver(batch);
          if (failed.length > 0) throw new Error(`${kind.name} did not count ${failed.length} messages`);
        }
        now = startOf(addDays(day, 1)) + 5 * MINUTE_MS;
        await counter.runJob?.();
      };
      await live(addDays(DAY, -1));
      return () => live(DAY);
    },
  };
}

/** What the units of a million messages cost, in USD. */
function usdPerMillion({ usage }: Measured, messages: number): number {
  const { writeUnits, readUnits } = usage;
  const amounts = { millionWriteUnits: writeUnits / messages, millionReadUnits: readUnits / messages };
  return costOf(amounts, DEFAULT_PRICES);
}

const HEAD = [
  'a message, all in',
  'write units',
  'read units',
  'calls',
  'USD a million messages',
  'USD / ours',
  'CPU',
  'its CPU / ours',
  'under faults',
];

function row(measured: Measured, ours: Measured, messages: number, verdict: string): string[] {
  const { name, usage, cpuMs } = measured;
  const usd = usdPerMillion(measured, messages);
  return [
    name,
    ...[usage.writeUnits, usage.readUnits, usage.calls].map((each) => short(each / messages)),
    short(usd),
    `${short(usd / usdPerMillion(ours, messages))}×`,
    `${short(cpuMicroseconds(measured, messages))} µs`,
    times(ratioOf(cpuMs, ours.cpuMs)),
    verdict,
  ];
}

async function run({ database, isQuick }: BenchOptions): Promise<string> {
  const [peers, rounds, schedules] = isQuick ? [2, 1, 1] : [40, 3, 5];
  const contestants = KINDS.map((kind) => contestant(database, kind, peers));
  const measured = await interleaved(database, contestants, rounds);
  const [ours, ...others] = measured;
  if (ours === undefined) throw new Error('nothing was measured');
  const messages = dayOfManyPeers(peers, DAY, new Random(1)).length;
  const verdicts = new Map<string, string>();
  for (const kind of KINDS)
    verdicts.set(kind.name, (await isRight(database, kind, schedules)) ? 'right' : 'wrong');
  const verdict = ({ name }: Measured) => verdicts.get(name) ?? '';
  const ahead = others.map((each) => {
    const advantages = whereAhead(each, ours).in;
    if (usdPerMillion(each, messages) < usdPerMillion(ours, messages)) advantages.unshift('USD');
    return `- ${each.name}, which counts ${verdict(each)}: ${advantages.join(', ') || 'nothing'}.`;
  });
  return [
    `A day of ${peers} peers with ${messages} messages in batches of ${MESSAGES_A_BATCH}, of which few peers are busy and ` +
      'most are not, after another such day: messages and conversations by peer, channel and day, the totals of each ' +
      'peer, and a snapshot of the day. Opening days, starting conversations and sealing are in the figures; storing ' +
      'messages is not. The cheapest sound way takes no message into a snapshot that came after it was made, and none ' +
      'of the others names channels, lists peers or tells when a message was last sent, as the service does. Units are ' +
      'priced on demand in us-east-1 (`tools/support/bill/prices.ts`).',
    table(
      HEAD,
      measured.map((each) => row(each, ours, messages, verdict(each))),
    ),
    'Ahead of the service:',
    ahead.join('\n'),
    noiseNote(others.map(({ cpuMs }) => ratioOf(cpuMs, ours.cpuMs))),
    `"Right" is what was right under ${schedules} fault schedules; "wrong" what was not.`,
  ].join('\n\n');
}

/** A whole day, against the cheapest sound and the cheapest unsound way to get the same figures. */
export const wholeDay: Section = { name: 'whole-day', title: 'A whole day', run };
