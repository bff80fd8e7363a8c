import { BatchWriteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { recordMessages } from '../../functions/record-messages/record-messages.ts';
import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { documentClient } from '../../functions/shared/runtime/dependencies.ts';
import { DEFAULT_MESSAGE_RETENTION_DAYS } from '../../functions/shared/runtime/settings.ts';
import { IF_ABSENT } from '../../functions/shared/store/expressions.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { messageItem } from '../../functions/shared/store/items/message.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { benchDependencies } from '../measure/bench-dependencies.ts';
import { plainClient, productClient } from '../measure/clients.ts';
import { whereAhead } from '../measure/comparison.ts';
import { type Contestant, interleaved, type Measured } from '../measure/interleaved.ts';
import { INVOCATION, requestEvent, storeKey } from '../measure/requests.ts';
import { median, noiseNote, ratioOf } from '../measure/statistics.ts';
import { short, table, times } from '../measure/table.ts';
import type { Section } from './section.ts';

const NOW = '2026-11-22T10:00:00.000Z';
const PEER = 'peer_support';
/** How much is measured. */
interface Extent {
  requests: number;
  messagesARequest: number;
  rounds: number;
}
const FULL: Extent = { requests: 1, messagesARequest: 500, rounds: 5 };
const QUICK: Extent = { requests: 1, messagesARequest: 30, rounds: 1 };
const CALLS_AT_ONCE = 32;
const ITEMS_A_BATCH_WRITE = 25;

/** The messages of a request: ids as long as UUIDs, ten messages a conversation. */
function messagesOf(request: number, length: number): Message[] {
  return Array.from({ length }, (_, number) => ({
    peerId: PEER,
    conversationId: `${request}-${Math.floor(number / 10)}`.padStart(36, 'c'),
    messageId: `${request}-${number}`.padStart(36, 'm'),
    channelId: 'integration_webchat',
    role: 'user',
    sentAt: Date.parse(NOW) - number,
  }));
}

function itemsOf(request: number, length: number): Item[] {
  return messagesOf(request, length).map((message) => messageItem(message, DEFAULT_MESSAGE_RETENTION_DAYS));
}

function ours(database: TestDatabase, { requests, messagesARequest }: Extent): Contestant {
  return {
    name: '`POST …/messages`',
    client: productClient,
    async begin(client) {
      const dependencies = benchDependencies(client, await database.createTables(), NOW);
      await storeKey(dependencies);
      const record = recordMessages(dependencies);
      const post = (request: number) => {
        const messages = messagesOf(request, messagesARequest).map(({ peerId: _, sentAt, ...message }) => ({
          ...message,
          sentAt: new Date(sentAt).toISOString(),
        }));
        return record(requestEvent('POST', `/api/v1/peer/${PEER}/messages`, { messages }), INVOCATION);
      };
      // What a function reads once after its start, such as the key, is not a request's.
      await post(requests);
      return async () => {
        for (let request = 0; request < requests; request += 1) {
          const { statusCode } = await post(request);
          if (statusCode !== 200) throw new Error(`a request was answered with ${statusCode}`);
        }
      };
    },
  };
}

/** Bare calls of the SDK, each of which stores some items. */
function bare(
  database: TestDatabase,
  { requests, messagesARequest }: Extent,
  name: string,
  itemsACall: number,
  send: (client: DynamoDBDocumentClient, tableName: string, items: readonly Item[]) => Promise<unknown>,
): Contestant {
  return {
    name,
    client: plainClient,
    async begin(client) {
      const { messagesTableName } = await database.createTables();
      const documents = documentClient(client);
      const store = (request: number) =>
        mapConcurrently(
          [...inBatches(itemsOf(request, messagesARequest), itemsACall)],
          CALLS_AT_ONCE,
          (items) => send(documents, messagesTableName, items),
        );
      await store(requests);
      return async () => {
        for (let request = 0; request < requests; request += 1) await store(request);
      };
    },
  };
}

function contestants(database: TestDatabase, extent: Extent): Contestant[] {
  return [
    ours(database, extent),
    bare(database, extent, '`PutItem` on the same condition', 1, (documents, TableName, [Item]) => {
      return documents.send(new PutCommand({ TableName, Item, ...IF_ABSENT }));
    }),
    bare(database, extent, '`PutItem`, without a condition', 1, (documents, TableName, [Item]) => {
      return documents.send(new PutCommand({ TableName, Item }));
    }),
    bare(
      database,
      extent,
      '`BatchWriteItem`, 25 items each',
      ITEMS_A_BATCH_WRITE,
      (documents, tableName, items) => {
        const requestItems = items.map((Item) => ({ PutRequest: { Item } }));
        return documents.send(new BatchWriteCommand({ RequestItems: { [tableName]: requestItems } }));
      },
    ),
  ];
}

function row(measured: Measured, base: Measured, messages: number): string[] {
  const { usage, cpuMs, wallMs } = measured;
  return [
    measured.name,
    short(usage.writeUnits / messages),
    short(usage.readUnits / messages),
    short(usage.calls / messages),
    `${short((median(cpuMs) / messages) * 1_000)} µs`,
    times(ratioOf(cpuMs, base.cpuMs)),
    short(messages / (median(wallMs) / 1_000)),
    times(ratioOf(wallMs, base.wallMs)),
  ];
}

const HEAD = [
  'a message',
  'write units',
  'read units',
  'calls',
  'CPU',
  'its CPU / ours',
  'messages a second',
  'its time / ours',
];

/** Recording over HTTP, against storing the same items with the SDK alone. */
export const recording: Section = {
  name: 'recording',
  title: 'Recording',
  async run({ database, isQuick }) {
    const extent = isQuick ? QUICK : FULL;
    const messages = extent.requests * extent.messagesARequest;
    const measured = await interleaved(database, contestants(database, extent), extent.rounds);
    const [base, ...others] = measured;
    if (base === undefined) throw new Error('nothing was measured');
    const compared = others.flatMap(({ cpuMs, wallMs }) => [
      ratioOf(cpuMs, base.cpuMs),
      ratioOf(wallMs, base.wallMs),
    ]);
    const ahead = others.map(
      (each) => `- ${each.name}: ${whereAhead(each, base).in.join(', ') || 'nothing'}.`,
    );
    return [
      'The function behind `POST …/messages`, called as the gateway calls it, with 500 messages a request, against ' +
        'the SDK alone that stores the same items. The function also parses, checks the key, the limits and the room ' +
        'for channels, and says what became of each message. Only a put on a condition keeps the first version of a message.',
      table(
        HEAD,
        measured.map((each) => row(each, base, messages)),
      ),
      'Ahead of the service:',
      ahead.join('\n'),
      noiseNote(compared),
    ].join('\n\n');
  },
};
