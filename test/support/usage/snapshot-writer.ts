import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { add, byField, type Counts, ZERO } from '../../../functions/shared/domain/metrics.ts';
import { monthOf } from '../../../functions/shared/domain/month.ts';
import type { DailySnapshot } from '../../../functions/shared/domain/peer-totals.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import type { Table } from '../../../functions/shared/store/dynamodb.ts';
import { channelItem } from '../../../functions/shared/store/items/channel.ts';
import { monthItem } from '../../../functions/shared/store/items/month-of-snapshots.ts';
import { directoryKey } from '../../../functions/shared/store/items/peer-directory-entry.ts';

interface WrittenPeer {
  revision: number;
  channels: Map<string, number>;
  days: Map<UtcDay, DailySnapshot & { channels: Map<number, Counts> }>;
}

/** Writes snapshots of days as sealing leaves them, without the messages that they are made of. */
export class SnapshotWriter {
  readonly #table: Table;
  readonly #peers = new Map<string, WrittenPeer>();

  constructor(table: Table) {
    this.#table = table;
  }

  /** Lets messages join a day of a peer: so many on each channel, and half as many conversations. */
  async add(peerId: string, day: UtcDay, messages: Readonly<Record<string, number>>): Promise<void> {
    const { client, tableName } = this.#table;
    const peer: WrittenPeer = this.#peers.get(peerId) ?? {
      revision: 0,
      channels: new Map(),
      days: new Map(),
    };
    this.#peers.set(peerId, peer);
    const channels = new Map<number, Counts>(peer.days.get(day)?.channels);
    for (const [channelId, messageCount] of Object.entries(messages)) {
      const number = await this.#numberOf(peerId, peer, channelId);
      const more = byField(({ name }) => (name === 'messages' ? messageCount : Math.floor(messageCount / 2)));
      channels.set(number, add(channels.get(number) ?? ZERO, more));
    }
    peer.revision += 1;
    peer.days.set(day, { channels, changedAt: peer.revision * 1_000, revision: peer.revision });
    const month = monthOf(day);
    const days = new Map([...peer.days].filter(([one]) => monthOf(one) === month));
    const item = monthItem(peerId, { month, revision: peer.revision, days, digests: new Map() });
    await client.send(new PutCommand({ TableName: tableName, Item: item }));
  }

  /** All days that were written, each as it is now: by peer and day, then by channel. */
  days(): { peerId: string; day: UtcDay; channels: ReadonlyMap<string, Counts> }[] {
    return [...this.#peers].flatMap(([peerId, { channels, days }]) =>
      [...days].map(([day, snapshot]) => ({
        peerId,
        day,
        channels: new Map(
          [...channels].flatMap(([channelId, number]) => {
            const counts = snapshot.channels.get(number);
            return counts === undefined ? [] : [[channelId, counts] as const];
          }),
        ),
      })),
    );
  }

  async #numberOf(peerId: string, { channels }: WrittenPeer, channelId: string): Promise<number> {
    const known = channels.get(channelId);
    if (known !== undefined) return known;
    const { client, tableName } = this.#table;
    const number = channels.size + 1;
    channels.set(channelId, number);
    const channel = channelItem(peerId, { channelId, number, status: 'enabled', registeredAt: 0 });
    for (const Item of [channel, directoryKey(peerId)]) {
      await client.send(new PutCommand({ TableName: tableName, Item }));
    }
    return number;
  }
}
