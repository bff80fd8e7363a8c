import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect } from 'vitest';
import { countGivenUpMessages, countMessages } from '../../../../functions/shared/counting/count-messages.ts';
import { NOTHING_ARCHIVED } from '../../../../functions/shared/domain/archive.ts';
import type { Message } from '../../../../functions/shared/domain/message.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import type { Table } from '../../../../functions/shared/store/dynamodb.ts';
import { ErasedPeers } from '../../../../functions/shared/store/erased-peers.ts';
import { channelKey } from '../../../../functions/shared/store/items/channel.ts';
import { takeDailySnapshot } from '../../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { forgetCommand } from '../../../../tools/commands/forget.ts';
import { erasePeer } from '../../../../tools/support/erase-peer.ts';
import { streamRecord } from '../../../faults/history.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { writesCounter } from '../../../support/database/transactions.ts';
import { test } from '../../../support/fixture.ts';
import type { TestDependencies } from '../../../support/service/test-dependencies.ts';
import { allTablesOf, runOn } from '../../../tools/tool-run.ts';
import { contentsOf } from '../store/table-contents.ts';

type Count = (dependencies: TestDependencies, records: DynamoDBRecord[]) => Promise<unknown>;

const OF_THE_STREAM: Count = (dependencies, Records) => countMessages(dependencies)({ Records });
const GIVEN_UP: Count = (dependencies, records) => countGivenUpMessages(dependencies)(records);

/** Whether a command lists a peer in the directory. */
function lists(command: object): boolean {
  return command instanceof UpdateCommand && String(command.input.Key?.['pk']).startsWith('DIRECTORY#');
}

test.for<[string, Count, (command: object) => boolean]>([
  ['of the stream, before its counter is stored', OF_THE_STREAM, writesCounter],
  ['of the stream, before it is listed', OF_THE_STREAM, lists],
  ['that were given up, before its counter is stored', GIVEN_UP, writesCounter],
  ['that were given up, before it is listed', GIVEN_UP, lists],
])(
  'a peer that is erased while messages are counted is not brought back by those %s',
  async ([_, count, isMoment], { database, dependencies, table }) => {
    let erasures = 0;
    const client = intercepted(dependencies.client, async (command, send) => {
      if (isMoment(command) && erasures++ === 0) {
        const options = ['--peer', 'p', '--all', '--yes', ...allTablesOf(database, dependencies)];
        expect((await runOn(dependencies, forgetCommand, options)).exitCode).toBe(0);
      }
      return send();
    });
    const message = { peerId: 'p', channelId: 'c', conversationId: 'k', messageId: 'm' };
    const sentAt = dependencies.clock() - 1_000;
    await count({ ...dependencies, client }, [streamRecord({ ...message, role: 'user', sentAt }, 1)]);
    expect(erasures).toBeGreaterThan(0);
    const left = (await contentsOf(table)).map(({ pk }) => String(pk).split('#')[0]);
    expect(left.filter((kind) => kind === 'PEER' || kind === 'DIRECTORY')).toEqual([]);
  },
);

test('a counter of a channel that is not there is taken back where it is to be sealed', async ({
  dependencies,
  table,
}) => {
  const sentAt = Date.parse('2026-11-21T12:00:00.000Z');
  await new DailyCounterStore(table).apply({
    counter: {
      ...{ peerId: 'p', channelId: 'c', channelNumber: 1, day: '2026-11-21' },
      ...{ messageCount: 1, conversationCount: 1, version: 1, keepUntil: Date.parse('2028-02-20') },
      ...{ archive: NOTHING_ARCHIVED, unconfirmed: true },
      window: { fingerprints: ['00'.repeat(8)], from: sentAt, through: sentAt },
    },
  });
  const run = await takeDailySnapshot(dependencies)({ through: '2026-11-21' }, () => false);
  expect(run).toMatchObject({ failed: 0, inconsistent: 0 });
  expect(await contentsOf(table)).toEqual([]);
});

test('a channel that is registered right before its peer is erased is found, although it is not seen at once', async ({
  dependencies,
  table,
}) => {
  const { client, clock, settings, randomBytes, waiting } = dependencies;
  await countMessages(dependencies)({ Records: [streamRecord(messageAt(clock() - 1_000), 1)] });
  let isSeen = false;
  const late = intercepted(client, async (command, send) => {
    const answer = await send();
    if (isSeen || !(command instanceof QueryCommand)) return answer;
    const { Items: items = [] }: { Items?: { sk: string }[] } = Object(answer);
    return { ...Object(answer), Items: items.filter(({ sk }) => sk !== channelKey('p', 'c').sk) };
  });
  await erasePeer(
    {
      usage: { client: late, tableName: settings.usageTableName },
      messages: { client: late, tableName: settings.messagesTableName },
      ...{ clock, randomBytes, paced: async () => {}, progress() {} },
      waiting: {
        ...waiting,
        async pause() {
          isSeen = true;
        },
      },
    },
    'p',
  );
  expect((await contentsOf(table)).filter(({ pk }) => pk === 'PEER#p')).toEqual([]);
});

test('what a new peer of the name has counted is left where the same message was refused while the old one was erased', async ({
  dependencies,
  table,
}) => {
  const { client, clock, randomBytes } = dependencies;
  const erased = new ErasedPeers(table);
  await erased.begin('p', randomBytes(32));
  const record = streamRecord(messageAt(clock()), 1);
  let isOver = false;
  const slow = intercepted(client, async (command, send) => {
    if (!isOver && JSON.stringify(command.input).includes('#CONVERSATION#')) {
      isOver = true;
      await erased.end('p', clock() - 1_000);
      await countMessages(dependencies)({ Records: [record] });
    }
    return send();
  });
  await countMessages({ ...dependencies, client: slow })({ Records: [record] });
  expect(isOver).toBe(true);
  expect(await countersAndMarkers(table)).toMatchObject([
    { sk: 'USAGE#2026-11-22#c', messageCount: 1, conversationCount: 1 },
    { sk: 'CHANNEL#c' },
  ]);
});

test('a counter of a channel that is no more proves nothing of a conversation', async ({
  dependencies,
  table,
}) => {
  const { client, clock } = dependencies;
  const yesterday = Date.parse('2026-11-21T12:00:00.000Z');
  await countMessages(dependencies)({ Records: [streamRecord(messageAt(yesterday, 'old'), 1)] });
  // The channel of another peer of the name, which has the number that follows.
  await client.send(
    new UpdateCommand({
      TableName: table.tableName,
      Key: channelKey('p', 'c'),
      UpdateExpression: 'SET #number = :number, #erasedAt = :erasedAt',
      ExpressionAttributeNames: { '#number': 'number', '#erasedAt': 'erasedAt' },
      ExpressionAttributeValues: { ':number': 2, ':erasedAt': yesterday },
    }),
  );
  await countMessages(dependencies)({ Records: [streamRecord(messageAt(clock(), 'new'), 2)] });
  expect(await countersAndMarkers(table)).toMatchObject([
    { sk: 'USAGE#2026-11-22#c', messageCount: 1, conversationCount: 1 },
    { sk: 'CHANNEL#c', day: '2026-11-22' },
  ]);
});

function messageAt(sentAt: number, messageId = 'm'): Message {
  return { peerId: 'p', channelId: 'c', conversationId: 'k', messageId, role: 'user', sentAt };
}

/** The counters of messages, and the markers of conversations. */
async function countersAndMarkers(table: Table) {
  const items = await contentsOf(table);
  return items.filter(
    ({ pk, sk, messageCount }) =>
      String(pk).includes('#CONVERSATION#') || (/^USAGE#\d/.test(String(sk)) && messageCount !== 0),
  );
}
