import { type ChannelLabel, isPurged, labelOf } from '../domain/channel.ts';
import { ContentionError } from '../domain/errors.ts';
import { type SealedDay, sealedDay } from '../domain/sealed-day.ts';
import { type EpochMillis, SECOND_MS, type UtcDay } from '../domain/utc-day.ts';
import { queryAll, type Table } from './dynamodb.ts';
import { between, withPrefix } from './expressions.ts';
import { channelRange, parseChannel } from './items/channel.ts';
import { monthRange, parseMonth } from './items/month-of-snapshots.ts';

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
   * @param changedSince leaves out days that changed last before this instant
   * @throws ContentionError where a snapshot has a channel that is not registered
   */
  async read(peerId: string, from: UtcDay, to: UtcDay, changedSince?: EpochMillis): Promise<SealedDay[]> {
    const months = await queryAll(this.#table, {
      ...between(monthRange(peerId, from, to)),
      ConsistentRead: true,
    });
    const days = months
      .flatMap((item) => [...parseMonth(item).days])
      .filter(([day]) => day >= from && day <= to)
      // Theirs are whole seconds.
      .filter(([, { changedAt }]) => changedSince === undefined || changedAt + SECOND_MS > changedSince);
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
