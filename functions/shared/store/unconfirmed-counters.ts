import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { type Channel, isNotPurged, isPurged } from '../domain/channel.ts';
import type { CounterPlace, DailyCounter } from '../domain/daily-counter.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import { ArchivedWindows } from './archived-windows.ts';
import { isConditionFailure, readItem, readItems, type Table } from './dynamodb.ts';
import { type Condition, ifAttributeIs, together } from './expressions.ts';
import { channelKey, parseChannel } from './items/channel.ts';
import { dailyCounterKey } from './items/daily-counter.ts';

/** What tells a counter from every other one that may be in its place. */
export type CounterAsRead = CounterPlace & Pick<DailyCounter, 'version' | 'sealedIn' | 'unconfirmed'>;

const CONCURRENT_CHANNELS = 8;

/**
 * Tells counters of channels that are there from those that a process made which had not noticed that their channel was
 * purged, or its peer erased. Whoever purges or erases first says so of the channel, and then removes what is there. So a
 * counter that was there when its channel was seen to be there, afterwards, is found by whoever purges later; and one
 * whose channel was gone by then is taken back.
 */
export class UnconfirmedCounters {
  readonly #table: Table;
  readonly #windows: ArchivedWindows;

  constructor(table: Table) {
    this.#table = table;
    this.#windows = new ArchivedWindows(table);
  }

  /** The channel as it is now; nothing where it was purged, or is not there. */
  async channel({
    peerId,
    channelId,
  }: Pick<CounterPlace, 'peerId' | 'channelId'>): Promise<Channel | undefined> {
    const item = await readItem(this.#table, channelKey(peerId, channelId));
    if (item === undefined) return undefined;
    const channel = parseChannel(item);
    return isPurged(channel) ? undefined : channel;
  }

  /**
   * Those of some counters of a peer that are of channels that are there, or were sealed. The others are taken back.
   *
   * @param counters as they were read before
   */
  async confirmed<Counter extends CounterAsRead>(counters: readonly Counter[]): Promise<Counter[]> {
    const unconfirmed = counters.filter(
      (counter) => counter.unconfirmed === true && counter.sealedIn === undefined,
    );
    const ofChannels = [...Map.groupBy(unconfirmed, ({ channelId }) => channelId).values()];
    const numbers = await this.#numbers(ofChannels.flatMap(([first]) => first ?? []));
    const gone = new Set<Counter>();
    await mapConcurrently(ofChannels, CONCURRENT_CHANNELS, async (ofChannel) => {
      const [first] = ofChannel;
      if (first === undefined) return;
      for (const counter of ofChannel) {
        if (numbers.get(counter.channelId) === counter.channelNumber) continue;
        gone.add(counter);
        await this.takeBack(counter);
      }
    });
    return counters.filter((counter) => !gone.has(counter));
  }

  /** The numbers of channels of a peer that are there now. */
  async #numbers(places: readonly CounterPlace[]): Promise<ReadonlyMap<string, number>> {
    const [only] = places;
    if (only === undefined) return new Map();
    if (places.length === 1) {
      const channel = await this.channel(only);
      return new Map(channel === undefined ? [] : [[channel.channelId, channel.number]]);
    }
    const keys = places.map(({ peerId, channelId }) => channelKey(peerId, channelId));
    const items = await readItems(this.#table, keys, true);
    const channels = items.map(parseChannel).filter(isNotPurged);
    return new Map(channels.map(({ channelId, number }) => [channelId, number]));
  }

  /**
   * Removes a counter with its archived windows, where it is as it was read, and was never sealed.
   *
   * @returns whether it was
   */
  async takeBack(counter: CounterAsRead): Promise<boolean> {
    // Before the counter: as long as it is there, no other one is in its place that could archive windows.
    await this.#windows.removeAll(counter);
    const { client, tableName } = this.#table;
    const Key = dailyCounterKey(counter);
    try {
      await client.send(new DeleteCommand({ TableName: tableName, Key, ...ifAsRead(counter) }));
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return false;
    }
  }
}

function ifAsRead({ version, channelNumber }: CounterAsRead): Condition {
  const asRead = together(ifAttributeIs('version', version), ifAttributeIs('channelNumber', channelNumber));
  return together(asRead, ifAttributeIs('sealedIn', undefined));
}
