import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import { NOTHING_ARCHIVED } from '../functions/shared/domain/archive.ts';
import type { Channel } from '../functions/shared/domain/channel.ts';
import type { DailyCounter } from '../functions/shared/domain/daily-counter.ts';
import { type Counts, sum } from '../functions/shared/domain/metrics.ts';
import { monthOf } from '../functions/shared/domain/month.ts';
import type { ChannelTotal, DailySnapshot, PeerTotals } from '../functions/shared/domain/peer-totals.ts';
import { addDays, DAY_MS, dayOf, startOf, type UtcDay } from '../functions/shared/domain/utc-day.ts';
import { mapConcurrently } from '../functions/shared/runtime/concurrency.ts';
import { channelItem } from '../functions/shared/store/items/channel.ts';
import { dailyCounterItem } from '../functions/shared/store/items/daily-counter.ts';
import type { Item } from '../functions/shared/store/items/item.ts';
import { monthItem } from '../functions/shared/store/items/month-of-snapshots.ts';
import { totalsItem } from '../functions/shared/store/items/peer-totals.ts';
import { UsageReader } from '../functions/shared/store/usage-reader.ts';
import { metered } from '../test/support/database/capacity.ts';
import type { TestDatabase } from '../test/support/database/database.ts';
import { type TestDependencies, testDependencies } from '../test/support/service/test-dependencies.ts';

const PEER = 'peer_large';
const NOW = '2026-11-22T12:00:00.000Z';
const TODAY = dayOf(Date.parse(NOW));
/** How much each channel is used on a day. */
export const COUNTS: Counts = { messageCount: 200, conversationCount: 60 };
const DIGEST = 'f'.repeat(32);

/**
 * A peer whose channels were used on all of some days up to yesterday, which are sealed, and today. It is stored
 * without being counted.
 */
export class LargePeer {
  static readonly peerId = PEER;
  readonly dependencies: TestDependencies;
  readonly #first: UtcDay;

  private constructor(dependencies: TestDependencies, first: UtcDay) {
    this.dependencies = dependencies;
    this.#first = first;
  }

  /** @param days how many days before today have figures of every channel */
  static async store(database: TestDatabase, channels: number, days: number): Promise<LargePeer> {
    const dependencies = await testDependencies(database, NOW);
    const first = addDays(TODAY, -days);
    const items = itemsOf(PEER, channels, first);
    await mapConcurrently(items, 16, (item) =>
      database.client.send(new PutCommand({ TableName: dependencies.settings.usageTableName, Item: item })),
    );
    return new LargePeer(dependencies, first);
  }

  /** The write units of a late message, of a conversation of its own, in the earliest month that is full of days. */
  async writeUnitsOfLateMessage(): Promise<number> {
    const meter = metered(this.dependencies.client);
    const counter = await buildCounter({ ...this.dependencies, client: meter.client });
    const before = meter.writeUnits();
    const sentAt = startOf(lateDay(this.#first)) + 1;
    const message = {
      peerId: PEER,
      channelId: channelId(1),
      conversationId: 'late',
      messageId: 'late',
      sentAt,
    };
    const [outcome] = await counter.count([message]);
    if (outcome?.kind !== 'counted') throw new Error('the message was not counted');
    return meter.writeUnits() - before;
  }

  /** What it takes to read all days, or the figures of ever; a process that knows the peer reads it. */
  async read(range: {
    from?: UtcDay;
    to?: UtcDay;
    consistent?: boolean;
  }): Promise<{ units: number; calls: number; ms: number }> {
    const meter = metered(this.dependencies.client);
    const table = { client: meter.client, tableName: this.dependencies.settings.usageTableName };
    const reader = new UsageReader(table);
    await reader.read(PEER, TODAY, range);
    const calls = () => [...meter.calls.values()].reduce((all, number) => all + number, 0);
    const before = { units: meter.readUnits(), calls: calls() };
    const startedAt = performance.now();
    await reader.read(PEER, TODAY, range);
    const ms = Math.round(performance.now() - startedAt);
    return { units: meter.readUnits() - before.units, calls: calls() - before.calls, ms };
  }

  /** The first day with figures, and the last one. */
  get range(): { from: UtcDay; to: UtcDay } {
    return { from: this.#first, to: addDays(TODAY, -1) };
  }
}

function channelId(number: number): string {
  return `integration_${number}`;
}

/** The first day of the earliest month of which every day has figures. */
function lateDay(first: UtcDay): UtcDay {
  let day = first;
  while (!day.endsWith('-01')) day = addDays(day, 1);
  return day;
}

/** The counter of a channel and day, with proof of many messages. */
export function counterOf(peerId: string, channelNumber: number, day: UtcDay): DailyCounter {
  const fingerprints = Array.from({ length: COUNTS.conversationCount }, (_, index) =>
    `${index}`.padStart(16, '0'),
  );
  return {
    ...{ peerId, channelId: channelId(channelNumber), channelNumber, day, ...COUNTS },
    ...{ version: 3, keepUntil: startOf(TODAY) + 1_000 * DAY_MS, archive: NOTHING_ARCHIVED, digest: DIGEST },
    window: { fingerprints, from: startOf(day), through: startOf(day) },
  };
}

/** What is stored of a peer whose channels were used on all days from one on, up to today. */
export function itemsOf(peerId: string, channels: number, first: UtcDay): Item[] {
  const numbers = Array.from({ length: channels }, (_, index) => index + 1);
  const days: UtcDay[] = [];
  for (let day = first; day < TODAY; day = addDays(day, 1)) days.push(day);
  const last = days.at(-1) ?? first;
  const ofDay = new Map(numbers.map((number) => [number, COUNTS]));
  const snapshot: DailySnapshot = { channels: ofDay, changedAt: startOf(TODAY), revision: days.length };
  const total: ChannelTotal = {
    ...sum(days.map(() => COUNTS)),
    lastMessageAt: startOf(TODAY) - 1,
    digest: DIGEST,
  };
  const digests = new Map(numbers.map((number) => [number, DIGEST]));
  const byMonth = Map.groupBy(days, monthOf);
  const revision = days.length;
  const totals: PeerTotals = {
    ...{ revision, changedAt: startOf(TODAY), sealedThrough: last, completeThrough: last },
    channels: new Map(numbers.map((number) => [number, total])),
    recent: new Map(),
    months: new Map([...byMonth.keys()].map((month) => [month, revision])),
  };
  const registered = numbers.map(
    (number): Channel => ({ channelId: channelId(number), number, status: 'enabled', registeredAt: 0 }),
  );
  return [
    ...registered.map((channel) => channelItem(peerId, channel)),
    ...[...byMonth].map(([month, ofMonth]) =>
      monthItem(peerId, { month, revision, days: new Map(ofMonth.map((day) => [day, snapshot])), digests }),
    ),
    totalsItem(peerId, totals),
    ...numbers.map((number) => dailyCounterItem(counterOf(peerId, number, TODAY))),
    dailyCounterItem({ ...counterOf(peerId, 1, lateDay(first)), sealedIn: 1 }),
  ];
}
