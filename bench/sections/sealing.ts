import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addDays, startOf, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { dailyCounterItem } from '../../functions/shared/store/items/daily-counter.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { counterOf } from '../large-peer.ts';
import { short, table } from '../measure/table.ts';
import { plainCounter } from '../peers/scanning-sealer.ts';
import { putAll } from '../put-all.ts';
import { bundleRun, type Ended, run } from '../sealing-process.ts';
import type { Section } from './section.ts';

const TODAY: UtcDay = '2026-11-22';
const YESTERDAY = addDays(TODAY, -1);
const PEERS = [100, 10_000, 100_000];
/** One peer in so many changed. */
const CHANGED_ONE_IN = 100;
const BEFORE = startOf(TODAY) - 2;

/** What sealing a day of so many peers took, by the service and by a scan. */
interface Sealed {
  peers: number;
  ours: Ended;
  scan: Ended;
}

/** Counters of yesterday, one a peer, of which a part is not sealed yet. */
function* ourItems(peers: number): Generator<Item> {
  for (let peer = 0; peer < peers; peer += 1) {
    const counter = counterOf(`peer_${peer}`, 1, YESTERDAY);
    yield dailyCounterItem(peer % CHANGED_ONE_IN === 0 ? counter : { ...counter, sealedIn: 1 });
  }
}

/** The same for a scan. */
function* plainItems(peers: number): Generator<Item> {
  for (let peer = 0; peer < peers; peer += 1) {
    const countedAt = peer % CHANGED_ONE_IN === 0 ? BEFORE + 1 : BEFORE;
    yield plainCounter(`peer_${peer}`, 'integration_1', YESTERDAY, countedAt);
  }
}

async function sealed(database: TestDatabase, program: string, peers: number): Promise<Sealed> {
  const seal = async (items: Iterable<Item>, byScan: boolean) => {
    const { usageTableName } = await database.createTables();
    await putAll(database, usageTableName, items);
    const order = { usageTableName, through: YESTERDAY, now: Date.parse(`${TODAY}T00:05:00Z`) };
    const ended = await run(program, database, { ...order, ...(byScan && { byScanSince: BEFORE }) });
    if (ended?.peers !== peers / CHANGED_ONE_IN) throw new Error('not every changed peer was sealed');
    return ended;
  };
  return { peers, ours: await seal(ourItems(peers), false), scan: await seal(plainItems(peers), true) };
}

function rows({ peers, ours, scan }: Sealed): string[][] {
  const changed = peers / CHANGED_ONE_IN;
  const row = (who: string, ended: Ended) => [
    who,
    `${peers}`,
    `${changed}`,
    `${short(ended.cpuSeconds / scan.cpuSeconds)}×`,
    short(ended.readUnits / changed),
    short(ended.writeUnits / changed),
    short(ended.calls / changed),
    `${Math.max(ended.heapMegabytes, ended.bareHeapMegabytes)} (${ended.bareHeapMegabytes})`,
    `${ended.residentMegabytes} (${ended.bareMegabytes})`,
    short(ended.daysSealed / ended.seconds),
  ];
  return [row('take-daily-snapshot', ours), row('a scan', scan)];
}

const INTRODUCTION =
  `Of so many peers with a counter of yesterday, one in ${CHANGED_ONE_IN} has changed since it was sealed last. Beside the ` +
  'service a scheduled job scans the table and puts a snapshot of each peer that changed (`bench/peers/scanning-sealer.ts`). ' +
  '**The scan is ahead in CPU and in units at each of these sizes**, and its snapshots are wrong where a message is ' +
  'counted while it runs, or comes later; it keeps no totals, and needs no index, which is why it writes less. Its table ' +
  'holds that day alone, and nothing but small counters: with 460 days, for which the service keeps them, it reads 460 ' +
  'times as much on every run, while the service finds what changed by an index and reads what it does here. Each runs in ' +
  'a process with 512 MB, less than the function has. Memory is at most, and in brackets before the run.';

export const sealing: Section = {
  name: 'sealing',
  title: 'Sealing',
  async run({ database, isQuick }) {
    const folder = mkdtempSync(join(tmpdir(), 'sealing-'));
    try {
      const program = bundleRun(folder);
      const all: Sealed[] = [];
      for (const peers of isQuick ? PEERS.slice(0, 1) : PEERS)
        all.push(await sealed(database, program, peers));
      const head = [
        ...['', 'peers', 'changed', 'CPU, to a scan', 'read units a changed peer', 'write units', 'calls'],
        ...['MB of heap', 'MB of memory', 'peer-days a second, on this machine'],
      ];
      return [INTRODUCTION, table(head, all.flatMap(rows)), NOISE].join('\n\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const NOISE =
  'Each was measured once. Units, calls and memory do not depend on how busy the machine is; the others do.';
