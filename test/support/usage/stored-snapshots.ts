import { EARLIEST_DAY } from '../../../functions/shared/domain/utc-day.ts';
import { ChannelRegistry } from '../../../functions/shared/store/channel-registry.ts';
import { queryAll, type Table } from '../../../functions/shared/store/dynamodb.ts';
import { between } from '../../../functions/shared/store/expressions.ts';
import { monthRange, parseMonth } from '../../../functions/shared/store/items/month-of-snapshots.ts';

/** A day that is sealed: its channels in the order of their ids, each with its messages. */
export type StoredSnapshot = [day: string, ...channels: [channelId: string, messageCount: number][]];

/** The daily snapshots of a peer, as they are stored, in the order of their days. */
export async function storedSnapshots(table: Table, peerId: string): Promise<StoredSnapshot[]> {
  const channels = await new ChannelRegistry(table).list(peerId);
  const items = await queryAll(table, {
    ...between(monthRange(peerId, EARLIEST_DAY, '9999-12-31')),
    ConsistentRead: true,
  });
  return items.map(parseMonth).flatMap(({ days }) =>
    [...days].map(
      ([day, snapshot]): StoredSnapshot => [
        day,
        ...channels.flatMap(({ number, channelId }): [string, number][] => {
          const counts = snapshot.channels.get(number);
          return counts === undefined ? [] : [[channelId, counts.messageCount]];
        }),
      ],
    ),
  );
}
