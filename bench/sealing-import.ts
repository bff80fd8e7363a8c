import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { Channel } from '../functions/shared/domain/channel.ts';
import { add, type Counts, equal, sum, ZERO } from '../functions/shared/domain/metrics.ts';
import { monthOf } from '../functions/shared/domain/month.ts';
import { addDays, dayNumber, EARLIEST_DAY, type UtcDay } from '../functions/shared/domain/utc-day.ts';
import { DailyCounterStore } from '../functions/shared/store/daily-counter-store.ts';
import type { Table } from '../functions/shared/store/dynamodb.ts';
import { channelItem } from '../functions/shared/store/items/channel.ts';
import { dailyCounterItem, dirtyBefore } from '../functions/shared/store/items/daily-counter.ts';
import type { Item } from '../functions/shared/store/items/item.ts';
import { TotalsStore } from '../functions/shared/store/totals-store.ts';
import { UsageReader } from '../functions/shared/store/usage-reader.ts';
import { LANES } from '../functions/shared/store/usage-table.ts';
import type { TestDatabase } from '../test/support/database/database.ts';
import { counterOf } from './large-peer.ts';
import { putAll } from './put-all.ts';
import { FUNCTION_FLAGS, run, told } from './sealing-process.ts';

const TODAY = '2026-11-22';
const YESTERDAY = addDays(TODAY, -1);
/** At which of its calls each run is killed before one is left to its end. */
const KILLED_AT = [1, 60, 301, 500, 702];
const COUNTERS_A_PAGE = 1_000;

const print = (line: string) => process.stdout.write(`${line}\n`);

/** What was imported: so many peers with so many channels, each used on so many days up to yesterday. */
interface Imported {
  peers: number;
  channels: number;
  days: number;
}

/** Figures of their own for each channel and day, so that none can stand in the place of another. */
function countsOf(channel: number, day: UtcDay): Counts {
  const messageCount = 1 + ((channel * 31 + dayNumber(day) * 7) % 997);
  return { messageCount, conversationCount: 1 + (messageCount % 13) };
}

/** The newest days come first, as they do when a history is imported so that the last days show at once. */
function* itemsOf({ peers, channels, days }: Imported): Generator<Item> {
  for (let peer = 0; peer < peers; peer += 1) {
    const peerId = `peer_${peer}`;
    for (let number = 1; number <= channels; number += 1) {
      const { channelId } = counterOf(peerId, number, YESTERDAY);
      const channel: Channel = { channelId, number, status: 'enabled', registeredAt: 0 };
      yield channelItem(peerId, channel);
    }
    for (let back = 1; back <= days; back += 1) {
      const day = addDays(TODAY, -back);
      for (let number = 1; number <= channels; number += 1)
        yield dailyCounterItem({ ...counterOf(peerId, number, day), ...countsOf(number, day) });
    }
  }
}

/** Seals a history, kills the runs that do it five times, and compares all figures with those that were imported. */
export async function sealImport(
  database: TestDatabase,
  program: string,
  peers: number,
  channels: number,
  days: number,
): Promise<void> {
  const imported: Imported = { peers, channels, days };
  const { usageTableName } = await database.createTables();
  await putAll(database, usageTableName, itemsOf(imported));
  print(
    `${peers} peers with ${channels} channels and ${days} days each: ${peers * channels * days} counters`,
  );
  print(`Node.js with ${FUNCTION_FLAGS.join(' ')}`);
  const order = { usageTableName, through: YESTERDAY, now: Date.parse(`${TODAY}T00:05:00Z`) };
  for (const killedAt of KILLED_AT) {
    const early = await run(program, database, { ...order, killedAt });
    print(early === undefined ? `killed at call ${killedAt}` : told(early));
  }
  for (let leftOver = 1; leftOver > 0; ) {
    const last = await run(program, database, order);
    if (last === undefined) throw new Error('a run ended without being killed, and said nothing');
    print(told(last));
    if (last.failed > 0) throw new Error(`${last.failed} peers could not be sealed`);
    leftOver = last.leftOver;
  }
  await compare(database, usageTableName, imported);
  print('every counter is sealed, and all totals, snapshots and answers are what was imported');
}

/** @throws Error where a figure is not the one that was imported */
async function compare(
  { client }: TestDatabase,
  tableName: string,
  { peers, channels, days }: Imported,
): Promise<void> {
  const daysOf = Array.from({ length: days }, (_, index) => addDays(TODAY, -days + index));
  const numbers = Array.from({ length: channels }, (_, index) => index + 1);
  for (let peer = 0; peer < peers; peer += 1) {
    const compared = new ComparedPeer({ client, tableName }, `peer_${peer}`, numbers, daysOf);
    await compared.totalsAndMonths();
    await compared.counters();
    await compared.answers();
  }
  const left = await dirtyCounters({ client }, tableName);
  if (left > 0) throw new Error(`${left} counters are not sealed`);
}

/** Compares what is stored of a peer with what was imported. */
class ComparedPeer {
  readonly #table: Table;
  readonly #peerId: string;
  readonly #channels: readonly number[];
  readonly #days: readonly UtcDay[];
  readonly #counters: DailyCounterStore;

  constructor(table: Table, peerId: string, channels: readonly number[], days: readonly UtcDay[]) {
    this.#table = table;
    this.#peerId = peerId;
    this.#channels = channels;
    this.#days = days;
    this.#counters = new DailyCounterStore(table);
  }

  async totalsAndMonths(): Promise<void> {
    const store = new TotalsStore(this.#table, this.#counters);
    const { channels, sealedThrough, months } = await store.read(this.#peerId);
    // Up to where days are complete is told a turn later, which a run may not have lived to.
    if (sealedThrough !== YESTERDAY) throw new Error(`${this.#peerId} is sealed up to ${sealedThrough}`);
    for (const number of this.#channels) {
      const ofAll = this.#days.map((day) => countsOf(number, day)).reduce(add, ZERO);
      this.#same(`the total of channel ${number}`, channels.get(number), ofAll);
    }
    const wanted = Map.groupBy(this.#days, monthOf);
    if (months.size !== wanted.size) throw new Error(`${this.#peerId} has ${months.size} months`);
    for (const [month, days] of wanted) {
      const stored = await store.readMonth(this.#peerId, month);
      if (stored.revision !== months.get(month)) throw new Error(`${month} is of another revision`);
      if (stored.days.size !== days.length) throw new Error(`${month} has other days`);
      for (const day of days) {
        for (const number of this.#channels) {
          const found = stored.days.get(day)?.channels.get(number);
          this.#same(`channel ${number} on ${day}`, found, countsOf(number, day));
        }
      }
    }
  }

  async counters(): Promise<void> {
    let found = 0;
    const pages = this.#counters.pagesOfDays(this.#peerId, EARLIEST_DAY, TODAY, COUNTERS_A_PAGE);
    for await (const page of pages) {
      for (const counter of page) {
        const { day, channelNumber, sealedIn } = counter;
        this.#same(`the counter ${channelNumber} of ${day}`, counter, countsOf(channelNumber, day));
        if (sealedIn === undefined) throw new Error(`the counter ${channelNumber} of ${day} is not sealed`);
      }
      found += page.length;
    }
    if (found !== this.#channels.length * this.#days.length) throw new Error(`${found} counters are stored`);
  }

  async answers(): Promise<void> {
    const reader = new UsageReader(this.#table);
    const { channels, days } = await reader.read(this.#peerId, TODAY, { from: EARLIEST_DAY });
    const all = this.#days.flatMap((day) => this.#channels.map((number) => countsOf(number, day)));
    this.#same('the answer on days', days.reduce(add, ZERO), sum(all));
    this.#same('the answer on ever', channels.map(({ allTime }) => allTime).reduce(add, ZERO), sum(all));
  }

  #same(what: string, found: Counts | undefined, wanted: Counts): void {
    if (found === undefined || !equal(found, wanted)) {
      throw new Error(
        `${what} of ${this.#peerId} is ${JSON.stringify(found)} rather than ${JSON.stringify(wanted)}`,
      );
    }
  }
}

async function dirtyCounters({ client }: Pick<TestDatabase, 'client'>, tableName: string): Promise<number> {
  let found = 0;
  for (let lane = 0; lane < LANES; lane += 1) {
    const pages = paginateQuery({ client }, { TableName: tableName, ...dirtyBefore(lane, TODAY) });
    for await (const { Count: count = 0 } of pages) found += count;
  }
  return found;
}
