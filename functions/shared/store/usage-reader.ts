import type { DayCounts, PeerUsage, UsageSource } from '../domain/channel-stats.ts';
import { LEAST_COUNTER_RETENTION_DAYS } from '../domain/daily-counter.ts';
import type { DailySnapshot } from '../domain/daily-snapshot.ts';
import { equal, ZERO } from '../domain/metrics.ts';
import { addDays, EARLIEST_DAY, type UtcDay } from '../domain/utc-day.ts';
import { queryAll, type Table } from './dynamodb.ts';
import { between, only, together } from './expressions.ts';
import { CHANNEL_ATTRIBUTES, isChannel, parseChannel } from './items/channel.ts';
import { DAY_COUNTS_ATTRIBUTES, parseDayCounts, usageRange } from './items/daily-counter.ts';
import { SnapshotStore } from './snapshot-store.ts';

// All that readers need: not the fingerprints, which are most of a counter.
const READ = only([...new Set([...DAY_COUNTS_ATTRIBUTES, ...CHANNEL_ATTRIBUTES])]);

/** Reads how much a peer's channels were used. */
export class UsageReader implements UsageSource {
  readonly #table: Table;
  readonly #snapshots: SnapshotStore;

  constructor(table: Table) {
    this.#table = table;
    this.#snapshots = new SnapshotStore(table);
  }

  /**
   * The counts of a day are those of its counters, or of its snapshot where they have expired.
   *
   * One query, or two where the range ends more than a day before yesterday, or begins so early that
   * counters may have expired; and one more while a day before what these read waits for its roll-up.
   *
   * The answer is right whatever is counted, rolled up or sealed meanwhile: a counter keeps its counts when its
   * day is rolled up, the channel says in the same item which counters its totals do not hold, and a counter
   * expires long after its day has a snapshot with the same counts.
   */
  async read(
    peerId: string,
    today: UtcDay,
    options: { from?: UtcDay; to?: UtcDay; consistent?: boolean } = {},
  ): Promise<PeerUsage> {
    const { to, consistent = false } = options;
    const from = options.from ?? (to === undefined ? undefined : EARLIEST_DAY);
    const yesterday = addDays(today, -1);
    // Whatever the counters' retention is set to: it may have been less when they were sealed. The last of
    // these days expires tomorrow, which may have begun where the table is.
    const lastExpiring = addDays(today, 1 - LEAST_COUNTER_RETENTION_DAYS);
    const mayHaveExpired = from !== undefined && from <= lastExpiring;
    // With snapshots to read as well, one wider range is read instead of two.
    const rangeIsApart =
      from !== undefined && to !== undefined && to < addDays(yesterday, -1) && !mayHaveExpired;
    const first = from !== undefined && from < yesterday && !rangeIsApart ? from : yesterday;
    const [recent, earlier, snapshots] = await Promise.all([
      this.#query(peerId, first, undefined, consistent),
      rangeIsApart ? this.#query(peerId, from, to, consistent) : undefined,
      mayHaveExpired
        ? this.#snapshots.read(peerId, from, to !== undefined && to < lastExpiring ? to : lastExpiring, {
            consistent,
          })
        : [],
    ]);
    const days = new DaysRead([...(earlier?.days ?? []), ...recent.days]);
    days.addMissing(snapshots.flatMap(countsOfSnapshot));
    const overdue = recent.channels
      .flatMap((channel) => channel.totals.openDays)
      .filter((day) => day < first);
    const [oldest] = overdue.sort();
    if (oldest !== undefined) {
      const found = await this.#query(peerId, oldest, addDays(first, -1), consistent);
      days.addMissing(found.days);
    }
    return { channels: recent.channels, days: days.all };
  }

  async #query(
    peerId: string,
    from: UtcDay,
    to: UtcDay | undefined,
    consistent: boolean,
  ): Promise<PeerUsage> {
    const items = await queryAll(this.#table, {
      ...together(between(usageRange(peerId, from, to)), READ),
      ConsistentRead: consistent,
    });
    const usage: PeerUsage = { channels: [], days: [] };
    for (const item of items) {
      if (isChannel(item)) usage.channels.push(parseChannel(item));
      else usage.days.push(parseDayCounts(item));
    }
    // A counter may be made before its first message is counted.
    usage.days = usage.days.filter((counts) => !equal(counts, ZERO));
    return usage;
  }
}

/** Days of channels, each of them once. */
class DaysRead {
  readonly all: DayCounts[];
  readonly #known: Set<string>;

  constructor(days: DayCounts[]) {
    this.all = days;
    this.#known = new Set(days.map(nameOf));
  }

  addMissing(days: readonly DayCounts[]): void {
    for (const counts of days) {
      if (this.#known.has(nameOf(counts))) continue;
      this.#known.add(nameOf(counts));
      this.all.push(counts);
    }
  }
}

function nameOf({ day, channelId }: DayCounts): string {
  return `${day}#${channelId}`;
}

/** What a snapshot says of the day itself. */
function countsOfSnapshot({ day, channels }: DailySnapshot): DayCounts[] {
  return channels
    .filter((channel) => channel.day.messageCount > 0)
    .map((channel) => ({ channelId: channel.channelId, day, ...channel.day }));
}
