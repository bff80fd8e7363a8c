import { type DynamoDBDocumentClient, PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';

// What is mostly done to keep a record of each day: a scheduled job scans the counters, and puts a snapshot of each peer
// whose counters changed since it ran last. The table holds a counter for each peer, channel and day, and nothing else.

const PUTS_AT_ONCE = 16;

const counterItem = z.object({
  peerId: z.string(),
  channelId: z.string(),
  messageCount: z.int(),
  conversationCount: z.int(),
});

/** A counter, as such a table holds it. */
export function plainCounter(peerId: string, channelId: string, day: string, countedAt: number) {
  const counts = { messageCount: 200, conversationCount: 60 };
  return {
    pk: `PEER#${peerId}`,
    sk: `COUNTER#${day}#${channelId}`,
    peerId,
    channelId,
    day,
    ...counts,
    countedAt,
  };
}

/**
 * Stores the snapshots of a day.
 *
 * @param since only of peers with a counter that changed after that
 * @returns how many there are
 */
export async function sealByScan(
  client: DynamoDBDocumentClient,
  tableName: string,
  day: string,
  since: number,
): Promise<number> {
  const peers = new Map<string, Record<string, { messageCount: number; conversationCount: number }>>();
  const pages = paginateScan(
    { client },
    {
      TableName: tableName,
      FilterExpression: '#day = :day AND countedAt > :since',
      ExpressionAttributeNames: { '#day': 'day' },
      ExpressionAttributeValues: { ':day': day, ':since': since },
    },
  );
  for await (const { Items: items = [] } of pages) {
    for (const { peerId, channelId, ...counts } of items.map((item) => z.parse(counterItem, item))) {
      peers.set(peerId, { ...peers.get(peerId), [channelId]: counts });
    }
  }
  await mapConcurrently([...peers], PUTS_AT_ONCE, ([peerId, channels]) =>
    client.send(
      new PutCommand({
        TableName: tableName,
        Item: { pk: `PEER#${peerId}`, sk: `SNAPSHOT#${day}`, channels },
      }),
    ),
  );
  return peers.size;
}
