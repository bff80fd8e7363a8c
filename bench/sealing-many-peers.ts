import { addDays } from '../functions/shared/domain/utc-day.ts';
import { processorShare } from '../functions/shared/runtime/memory.ts';
import { dailyCounterItem } from '../functions/shared/store/items/daily-counter.ts';
import type { Item } from '../functions/shared/store/items/item.ts';
import { LANES } from '../functions/shared/store/usage-table.ts';
import {
  MEMORY_MEGABYTES,
  PEERS_AT_A_TIME,
  RUNS_AT_A_TIME,
} from '../functions/take-daily-snapshot/schedule.ts';
import type { TestDatabase } from '../test/support/database/database.ts';
import { counterOf } from './large-peer.ts';
import { putAll } from './put-all.ts';
import { type Ended, run, told } from './sealing-process.ts';

const TODAY = '2026-11-22';
const YESTERDAY = addDays(TODAY, -1);
const CHANNELS_A_PEER = 3;
const PEERS = 1_000_000;
const CHANGED_PEERS = 100_000;
const PROCESSOR_SHARE = processorShare(MEMORY_MEGABYTES);
/** Assumed of a call: DynamoDB says less than 10 ms; this is twice that, for transactions and the network. */
const CALL_MS = 20;

const print = (line: string) => process.stdout.write(`${line}\n`);

function* itemsOf(peers: number, changed: number): Generator<Item> {
  for (let peer = 0; peer < peers; peer += 1) {
    for (let channel = 1; channel <= CHANNELS_A_PEER; channel += 1) {
      const counter = counterOf(`peer_${peer}`, channel, YESTERDAY);
      yield dailyCounterItem(peer < changed ? counter : { ...counter, sealedIn: 1 });
    }
  }
}

/** Seals a day of peers of which some changed, and says what that means for a million. */
export async function sealManyPeers(
  database: TestDatabase,
  program: string,
  peers: number,
  changed: number,
): Promise<void> {
  const { usageTableName } = await database.createTables();
  await putAll(database, usageTableName, itemsOf(peers, changed));
  print(`${peers} peers, of which ${changed} changed on ${CHANNELS_A_PEER} channels each`);
  const order = { usageTableName, through: YESTERDAY, now: Date.parse(`${TODAY}T00:05:00Z`) };
  const last = await run(program, database, order);
  if (last?.peers !== changed) throw new Error('not every peer was sealed');
  print(told(last));
  print(arithmetic(last, changed));
}

function arithmetic({ calls, cpuSeconds, writeUnits }: Ended, changed: number): string {
  const callsOfPeer = (calls - LANES) / changed;
  const ofRun = CHANGED_PEERS / RUNS_AT_A_TIME;
  const waiting = (ofRun * callsOfPeer * CALL_MS) / 1_000 / PEERS_AT_A_TIME;
  const computing = (cpuSeconds / changed / PROCESSOR_SHARE) * ofRun;
  const longest = Math.max(waiting, computing);
  const units = (writeUnits / changed) * CHANGED_PEERS;
  return (
    `so of ${PEERS} peers, a tenth of them changed, each of ${RUNS_AT_A_TIME} runs has ${ofRun} to seal: ` +
    `${callsOfPeer.toFixed(2)} calls each, ${waiting.toFixed(0)} s at ${CALL_MS} ms a call and ` +
    `${PEERS_AT_A_TIME} peers at a time; ${computing.toFixed(0)} s of a function of ${MEMORY_MEGABYTES} MB, which has ` +
    `${PROCESSOR_SHARE.toFixed(2)} of a processor. ${units.toFixed(0)} write units in ${longest.toFixed(0)} s are ` +
    `${(units / longest).toFixed(0)} a second`
  );
}
