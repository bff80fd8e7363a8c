import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { dayOf } from '../../functions/shared/domain/utc-day.ts';
import type { CounterKind, Figures } from '../../test/faults/any-counter/any-counter.ts';
import { ConversationMemory, conversationMarker } from './conversation-memory.ts';
import { createMarkers, createTable, failedAmong } from './plain-tables.ts';

const TOTALS = 'totals';

/**
 * The cheapest way that was found to get the figures of the service where nothing goes wrong: what a batch has of a
 * peer is added to an item of the peer's day, which is its snapshot at the end of the day, and to one of its totals.
 * A conversation counts where its marker was new. There is no job.
 */
export const unsoundDay: CounterKind = {
  name: '`ADD` for each group, to days and totals',
  async setUp(database) {
    const days = await createTable(database, ['peerId', 'day']);
    const markers = await createMarkers(database);
    return async ({ documents }) => {
      const memory = new ConversationMemory(documents, markers);
      return {
        async deliver(batch) {
          await memory.lookUp(batch);
          const groups = Map.groupBy(batch, ({ peerId, sentAt }) => `${peerId}\n${dayOf(sentAt)}`);
          return failedAmong(
            [...groups.values()],
            (group) => group,
            async (group) => {
              const started = await markNew(documents, markers, memory.unknownAmong(group));
              memory.note(started);
              await add(documents, days, group, started);
            },
          );
        },
        read: () => readDays(documents, days),
      };
    };
  },
};

/** Marks conversations, and gives the messages of those that were not marked. */
async function markNew(
  documents: DynamoDBDocumentClient,
  tableName: string,
  messages: readonly UserMessage[],
): Promise<UserMessage[]> {
  const marked = await Promise.all(
    messages.map(async (message) => {
      try {
        await documents.send(new PutCommand(conversationMarker(tableName, message)));
        return [message];
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return [];
        throw error;
      }
    }),
  );
  return marked.flat();
}

/** Adds what a batch has of a peer's day to that day and to the totals. */
async function add(
  documents: DynamoDBDocumentClient,
  TableName: string,
  group: readonly UserMessage[],
  started: readonly UserMessage[],
): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const amounts = new Map<string, number>();
  for (const [metric, messages] of [['messages', group] as const, ['conversations', started] as const]) {
    for (const { channelId } of messages) {
      const name = `${metric} ${channelId}`;
      amounts.set(name, (amounts.get(name) ?? 0) + 1);
    }
  }
  const entries = [...amounts];
  const addition = {
    TableName,
    UpdateExpression: `ADD ${entries.map((_, index) => `#n${index} :a${index}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#n${index}`, name])),
    ExpressionAttributeValues: Object.fromEntries(entries.map(([, amount], index) => [`:a${index}`, amount])),
  };
  const { peerId, sentAt } = first;
  await Promise.all(
    [dayOf(sentAt), TOTALS].map((day) =>
      documents.send(new UpdateCommand({ ...addition, Key: { peerId, day } })),
    ),
  );
}

async function readDays(client: DynamoDBDocumentClient, TableName: string): Promise<Figures> {
  const figures: Figures = new Map();
  for await (const { Items: items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    for (const { peerId, day, ...amounts } of items) {
      if (day === TOTALS) continue;
      for (const [name, amount] of Object.entries(amounts)) {
        const [metric, channelId] = name.split(' ');
        const place = [peerId, channelId, day].join('\n');
        const figure = figures.get(place) ?? { messages: 0, conversations: 0 };
        figures.set(place, {
          ...figure,
          [metric === 'messages' ? 'messages' : 'conversations']: Number(amount),
        });
      }
    }
  }
  return figures;
}
