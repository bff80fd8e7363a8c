import { type ChannelLabel, isPurged, labelOf } from '../domain/channel.ts';
import { ContentionError } from '../domain/errors.ts';
import { daysOfMonth } from '../domain/interval.ts';
import { monthOf } from '../domain/month.ts';
import type { DailySnapshot, MonthOfSnapshots } from '../domain/peer-totals.ts';
import { type SealedDay, sealedDay } from '../domain/sealed-day.ts';
import { type EpochMillis, SECOND_MS, type UtcDay } from '../domain/utc-day.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import { queryAll, type Table } from './dynamodb.ts';
import { between, withPrefix } from './expressions.ts';
import { channelRange, parseChannel } from './items/channel.ts';
import { monthRange, parseMonth } from './items/month-of-snapshots.ts';
import { parseTotals, totalsKey } from './items/peer-totals.ts';

const CONCURRENT_MONTHS = 8;

/** Reads the days of peers that are sealed, as their snapshots hold them. */
export class SealedDays {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** A day as it is now, where it is sealed. One query for its month, and where it is there one for the channels. */
  async readDay(peerId: string, day: UtcDay): Promise<SealedDay | undefined> {
    const [found] = await this.read(peerId, day, day);
    return found;
  }

  /**
   * The days of a range, both included, as they are now, in their order. Each is of one moment, and different days
   * may be of different ones.
   *
   * @throws ContentionError where a snapshot has a channel that is not registered
   */
  async read(peerId: string, from: UtcDay, to: UtcDay): Promise<SealedDay[]> {
    const months = await this.#months(peerId, from, to);
    const days = months.flatMap((month) => [...month.days]).filter(([day]) => day >= from && day <= to);
    return this.#labelled(peerId, days);
  }

  /**
   * The same of all days that changed since an instant, however old they are.
   *
   * @param recentFrom of months from this day's on all are read. Of those before, few ever change: which of them may have,
   *   their revisions tell
   */
  async changedSince(
    peerId: string,
    since: EpochMillis,
    { recentFrom, to }: { recentFrom: UtcDay; to: UtcDay },
  ): Promise<SealedDay[]> {
    const recent = await this.#months(peerId, recentFrom, to);
    const older = await this.#olderMonths(peerId, recent, since, recentFrom);
    const days = [...older, ...recent]
      .flatMap((month) => [...month.days])
      .filter(([, snapshot]) => changed(snapshot, since));
    return this.#labelled(peerId, days);
  }

  /** Revisions go up with time: a month changed before the instant if a day of a higher one did. */
  async #olderMonths(
    peerId: string,
    recent: readonly MonthOfSnapshots[],
    since: EpochMillis,
    recentFrom: UtcDay,
  ): Promise<MonthOfSnapshots[]> {
    const { pk, sk } = totalsKey(peerId);
    const [item] = await queryAll(this.#table, {
      ...between({ pk, from: sk, to: sk }),
      ConsistentRead: true,
    });
    if (item === undefined) return [];
    const unchanged = recent
      .flatMap(({ days }) => [...days.values()])
      .filter((snapshot) => !changed(snapshot, since));
    const known = Math.max(0, ...unchanged.map(({ revision }) => revision));
    const names = [...parseTotals(item).months]
      .filter(([month, revision]) => month < monthOf(recentFrom) && revision > known)
      .map(([month]) => month)
      .sort();
    const months = await mapConcurrently(names, CONCURRENT_MONTHS, (month) => {
      const { from, to } = daysOfMonth(month);
      return this.#months(peerId, from, to);
    });
    return months.flat();
  }

  async #months(peerId: string, from: UtcDay, to: UtcDay): Promise<MonthOfSnapshots[]> {
    const items = await queryAll(this.#table, {
      ...between(monthRange(peerId, from, to)),
      ConsistentRead: true,
    });
    return items.map(parseMonth);
  }

  /** Days with the names of their channels. */
  async #labelled(peerId: string, days: readonly [UtcDay, DailySnapshot][]): Promise<SealedDay[]> {
    if (days.length === 0) return [];
    // After the months: a channel is registered before anything is counted on it.
    const labels = await this.#labels(peerId);
    return days.map(([day, { revision, changedAt, channels: counts }]) =>
      sealedDay({
        ...{ peerId, day, revision, changedAt },
        channels: [...counts].flatMap(([number, ofChannel]) => {
          const label = labels.get(number);
          if (label === undefined) throw new ContentionError(`channel ${number} of a snapshot is not there`);
          return label === 'purged' ? [] : [{ ...label, ...ofChannel }];
        }),
      }),
    );
  }

  /** What names the channels of a peer, by their numbers. */
  async #labels(peerId: string): Promise<ReadonlyMap<number, ChannelLabel | 'purged'>> {
    const items = await queryAll(this.#table, { ...withPrefix(channelRange(peerId)), ConsistentRead: true });
    return new Map(
      items
        .map(parseChannel)
        .map((channel) => [channel.number, isPurged(channel) ? 'purged' : labelOf(channel)]),
    );
  }
}

/** Whether a snapshot has changed since an instant. What it says of that is a whole second. */
function changed({ changedAt }: DailySnapshot, since: EpochMillis): boolean {
  return changedAt + SECOND_MS > since;
}
