import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  ScanCommand,
  TransactGetCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import { DEFAULT_WINDOW_RULES } from '../../../../functions/shared/domain/daily-counter.ts';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import type { UserMessage } from '../../../../functions/shared/domain/message.ts';
import { channelKey } from '../../../../functions/shared/store/items/channel.ts';
import { dailyCounterKey } from '../../../../functions/shared/store/items/daily-counter.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { cancelledTransaction, isTakeover, writesCounter } from '../../../support/database/transactions.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf } from '../store/table-contents.ts';

const FRIDAY = '2026-11-20';
const SATURDAY = '2026-11-21';
const SUNDAY = '2026-11-22';

function message(messageId: string, day: string, changes: Partial<UserMessage> = {}): UserMessage {
  const sentAt = Date.parse(`${day}T09:00:00.000Z`);
  return { peerId: 'p', channelId: 'c', conversationId: 'k', messageId, sentAt, ...changes };
}

const test = fixture
  /** Messages and conversations by day, on the channel `c`; only days on which something was counted. */
  .extend('counted', ({ table }) => async () => {
    const counters = (await contentsOf(table)).filter(({ sk }) => /^USAGE#\d.*#c$/.test(String(sk)));
    return Object.fromEntries(
      counters.flatMap(({ sk, messageCount, conversationCount }) =>
        messageCount === 0 ? [] : [[String(sk).split('#')[1], [messageCount, conversationCount]]],
      ),
    );
  })
  /**
   * Names a message as the one that starts its conversation, and fails before it is counted: as counting does
   * whose records are then given up.
   */
  .extend('claimOnly', ({ dependencies }) => async (claimed: readonly UserMessage[]) => {
    const client = intercepted(dependencies.client, async (command, send) => {
      if (writesCounter(command)) throw new Error('the database refuses');
      return send();
    });
    const outcomes = await (await buildCounter({ ...dependencies, client })).count(claimed);
    expect(outcomes.map(({ kind }) => kind)).toEqual(claimed.map(() => 'failed'));
  })
  /** Spoils the counter of Friday, or mends it. */
  .extend('setFriday', ({ dependencies, table }) => async (channelNumber: unknown) => {
    await dependencies.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: dailyCounterKey({ peerId: 'p', channelId: 'c', day: FRIDAY }),
        UpdateExpression: 'SET #channelNumber = :value',
        ExpressionAttributeNames: { '#channelNumber': 'channelNumber' },
        ExpressionAttributeValues: { ':value': channelNumber },
      }),
    );
  })
  .extend('count', ({ dependencies }) => async (messages: readonly UserMessage[]) => {
    const outcomes = await (await buildCounter(dependencies)).count(messages);
    return outcomes.map(({ kind }) => kind);
  });

describe('a conversation counts once', () => {
  test.for<[string, Partial<UserMessage>, object]>([
    ['another day', { sentAt: Date.parse(`${SUNDAY}T08:00:00.000Z`) }, { [SUNDAY]: [1, 0] }],
    ['the same day', {}, {}],
  ])(
    'when the message that started it is recorded again, on %s, after its item was gone',
    async ([_what, again, further], { count, counted }) => {
      await count([message('m1', FRIDAY)]);
      await count([message('m1', FRIDAY, again)]);
      expect(await counted()).toEqual({ [FRIDAY]: [1, 1], ...further });
    },
  );

  test('when its message is put again at another time of its day, and its proof is archived', async ({
    dependencies,
    counted,
  }) => {
    const counter = await buildCounter(dependencies, { ...DEFAULT_WINDOW_RULES, windowCapacity: 1 });
    await counter.count([message('m1', FRIDAY), message('m2', FRIDAY)]);
    await counter.count([message('m1', FRIDAY, { sentAt: Date.parse(`${FRIDAY}T12:31:00.000Z`) })]);
    const [, conversations] = Object.values(await counted()).flat();
    expect(conversations).toBe(1);
  });

  test('for each channel, when a direct writer puts its message again on another channel', async ({
    count,
    counted,
    table,
  }) => {
    await count([message('m1', FRIDAY)]);
    await count([message('m1', FRIDAY, { channelId: 'd' })]);
    await count([message('m1', FRIDAY)]);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 1] });
    const other = dailyCounterKey({ peerId: 'p', channelId: 'd', day: FRIDAY });
    expect((await contentsOf(table)).find(({ sk }) => sk === other.sk)).toMatchObject({
      conversationCount: 1,
    });
  });
});

describe('a conversation whose starting message was given up', () => {
  test('counts with the next message that is counted, and not again with the first', async ({
    claimOnly,
    count,
    counted,
  }) => {
    await claimOnly([message('m1', FRIDAY)]);
    expect(await counted()).toEqual({});
    expect(await count([message('m2', SATURDAY)])).toEqual(['counted']);
    expect(await counted()).toEqual({ [SATURDAY]: [1, 1] });
    expect(await count([message('m1', FRIDAY)])).toEqual(['counted']);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 0], [SATURDAY]: [1, 1] });
  });

  test('counts with another message of the same day', async ({ claimOnly, count, counted }) => {
    await claimOnly([message('m1', SUNDAY)]);
    await count([message('m2', SUNDAY)]);
    expect(await counted()).toEqual({ [SUNDAY]: [1, 1] });
    await count([message('m1', SUNDAY)]);
    expect(await counted()).toEqual({ [SUNDAY]: [2, 1] });
  });

  test('counts with the same message, when that comes again by itself', async ({
    claimOnly,
    count,
    counted,
  }) => {
    await claimOnly([message('m1', FRIDAY)]);
    await count([message('m1', FRIDAY), message('m2', SATURDAY)]);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 1], [SATURDAY]: [1, 0] });
  });

  test('counts once, as many conversations as there are', async ({ claimOnly, count, counted }) => {
    const ids = Array.from({ length: 120 }, (_, index) => `k${index}`);
    const ofEach = (messageId: string, day: string) =>
      ids.map((conversationId) => message(messageId, day, { conversationId }));
    await claimOnly(ofEach('m1', FRIDAY));
    expect(new Set(await count(ofEach('m2', SATURDAY)))).toEqual(new Set(['counted']));
    expect(await counted()).toEqual({ [SATURDAY]: [120, 120] });
    await count(ofEach('m1', FRIDAY));
    expect(await counted()).toEqual({ [FRIDAY]: [120, 0], [SATURDAY]: [120, 120] });
  });

  test('is not counted by an invocation that goes on after another took it over', async ({
    dependencies,
    count,
    counted,
  }) => {
    // Between reading and writing its counter another message takes the conversation over.
    let isTakenOver = false;
    const client = intercepted(dependencies.client, async (command, send) => {
      if (writesCounter(command) && !isTakenOver) {
        isTakenOver = true;
        await count([message('m2', SATURDAY)]);
      }
      return send();
    });
    await (await buildCounter({ ...dependencies, client })).count([message('m1', FRIDAY)]);
    expect(isTakenOver).toBe(true);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 0], [SATURDAY]: [1, 1] });
  });

  test('is not counted by whoever reads its marker late', async ({
    dependencies,
    claimOnly,
    count,
    counted,
  }) => {
    await claimOnly([message('m1', FRIDAY)]);
    const before = await dependencies.client.send(
      new ScanCommand({ TableName: dependencies.settings.usageTableName }),
    );
    await count([message('m2', SATURDAY)]);
    const client = intercepted(dependencies.client, async (command, send) => {
      if (!(command instanceof BatchGetCommand)) return send();
      const markers = before.Items?.filter(({ pk }) => String(pk).includes('#CONVERSATION#'));
      return { Responses: { [dependencies.settings.usageTableName]: markers } };
    });
    await (await buildCounter({ ...dependencies, client })).count([message('m1', FRIDAY)]);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 0], [SATURDAY]: [1, 1] });
  });

  test('is not counted by whoever reads its marker while another message takes it over', async ({
    dependencies,
    claimOnly,
    count,
    counted,
  }) => {
    await claimOnly([message('m1', FRIDAY)]);
    const before = await dependencies.client.send(
      new ScanCommand({ TableName: dependencies.settings.usageTableName }),
    );
    await count([message('m2', SATURDAY)]);
    // Plain reads give the counters as they are by now, and the marker as it was: consistent ones, too.
    let isWhole = false;
    const client = intercepted(dependencies.client, async (command, send) => {
      if (isWhole) return send();
      if (command instanceof TransactGetCommand) {
        isWhole = true;
        throw cancelledTransaction(['TransactionConflict']);
      }
      if (!(command instanceof GetCommand)) return send();
      if (!String(command.input.Key?.['pk']).includes('#CONVERSATION#')) return send();
      return { Item: before.Items?.find(({ pk }) => String(pk).includes('#CONVERSATION#')) };
    });
    await (await buildCounter({ ...dependencies, client })).count([message('m1', FRIDAY)]);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 0], [SATURDAY]: [1, 1] });
    expect(isWhole).toBe(true);
  });

  test('is judged together with the others of its day: none counts twice when one is fed back meanwhile', async ({
    dependencies,
    claimOnly,
    count,
    counted,
  }) => {
    const ofA = { conversationId: 'a' };
    const ofB = { conversationId: 'b' };
    await claimOnly([message('a1', FRIDAY, ofA), message('b1', FRIDAY, ofB)]);
    // While both are judged, the message that B's marker names is fed back, and counted.
    const holder = dailyCounterKey({ peerId: 'p', channelId: 'c', day: FRIDAY }).sk;
    let isFedBack = false;
    const client = intercepted(dependencies.client, async (command, send) => {
      const answer = await send();
      if (command instanceof GetCommand && command.input.Key?.['sk'] === holder && !isFedBack) {
        isFedBack = true;
        await count([message('b1', FRIDAY, ofB)]);
      }
      return answer;
    });
    const counter = await buildCounter({ ...dependencies, client });
    await counter.count([message('b2', SATURDAY, ofB), message('a2', SATURDAY, ofA)]);
    expect(isFedBack).toBe(true);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 1], [SATURDAY]: [2, 1] });
  });

  test('counts with the next message once a counter that was malformed is mended', async ({
    dependencies,
    claimOnly,
    count,
    counted,
    setFriday,
  }) => {
    await claimOnly([message('m1', FRIDAY)]);
    await count([message('n1', FRIDAY, { conversationId: 'n' })]);
    const warm = await buildCounter(dependencies);
    await setFriday('wrong');
    await warm.count([message('m2', SATURDAY)]);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 1], [SATURDAY]: [1, 0] });
    await setFriday(1);
    await warm.count([message('m3', SUNDAY)]);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 1], [SATURDAY]: [1, 0], [SUNDAY]: [1, 1] });
  });

  test('is not taken over by a message that another invocation has just counted without it', async ({
    dependencies,
    claimOnly,
    count,
    counted,
    setFriday,
  }) => {
    await claimOnly([message('m1', FRIDAY)]);
    await count([message('n1', FRIDAY, { conversationId: 'n' })]);
    let isCounted = false;
    const client = intercepted(dependencies.client, async (command, send) => {
      if (!isCounted && isTakeover(command)) {
        isCounted = true;
        // While Friday is malformed its conversations are taken for counted.
        await setFriday('wrong');
        expect(await count([message('m2', SATURDAY)])).toEqual(['counted']);
        await setFriday(1);
      }
      return send();
    });
    const late = await buildCounter({ ...dependencies, client });
    expect(await late.count([message('m2', SATURDAY)])).toEqual([{ kind: 'duplicate' }]);
    expect(isCounted).toBe(true);
    await count([message('m3', SUNDAY)]);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 1], [SATURDAY]: [1, 0], [SUNDAY]: [1, 1] });
  });

  test('is left alone once the proof of its message could have gone', async ({
    dependencies,
    claimOnly,
    count,
    counted,
  }) => {
    await claimOnly([message('m1', FRIDAY)]);
    dependencies.setClock('2027-01-10T10:00:00.000Z');
    await count([message('m2', '2027-01-09')]);
    expect(await counted()).toEqual({ '2027-01-09': [1, 0] });
  });
});

describe('a day without a counted message', () => {
  test('leaves nothing in the figures, and is opened by its first message', async ({
    claimOnly,
    count,
    service,
    table,
  }) => {
    await claimOnly([message('m1', FRIDAY)]);
    await count([message('m2', SATURDAY)]);
    const directoryEntry = async () =>
      (await contentsOf(table)).find(({ pk }) => String(pk).startsWith('DIRECTORY#'));
    expect(await directoryEntry()).toMatchObject({ lastActiveDay: SATURDAY });
    await service.count([message('m3', SUNDAY, { conversationId: 'l' })]);
    expect(await directoryEntry()).toMatchObject({ lastActiveDay: SUNDAY });
  });
});

describe('it costs', () => {
  test('no further write, and one read a batch for conversations of an earlier day', async ({
    dependencies,
    count,
  }) => {
    const conversations = ['k', 'l', 'm'];
    await count(conversations.map((conversationId) => message('m1', FRIDAY, { conversationId })));
    await count(conversations.map((conversationId) => message('m2', SATURDAY, { conversationId })));
    const meter = metered(dependencies.client);
    const counter = await buildCounter({ ...dependencies, client: meter.client });
    await counter.count(conversations.map((conversationId) => message('m3', SATURDAY, { conversationId })));
    expect(meter.calls.get('UpdateCommand')).toBe(1);
    expect(meter.calls.get('BatchGetCommand')).toBe(1);
    expect(meter.calls.get('TransactWriteCommand')).toBeUndefined();
  });
});

describe('an item that is malformed', () => {
  test.for<[string, Record<string, string>]>([
    ['a daily counter', dailyCounterKey({ peerId: 'p', channelId: 'c', day: FRIDAY })],
    ['a channel', channelKey('p', 'c')],
  ])(
    'holds up nothing but its own messages, where it is %s',
    async ([_what, key], { dependencies, count, table }) => {
      await count([message('m1', FRIDAY)]);
      await dependencies.client.send(
        new UpdateCommand({
          TableName: table.tableName,
          Key: key,
          UpdateExpression: 'SET #version = :wrong, #registeredAt = :wrong',
          ExpressionAttributeNames: { '#version': 'version', '#registeredAt': 'registeredAt' },
          ExpressionAttributeValues: { ':wrong': 'wrong' },
        }),
      );
      const outcomes = await (await buildCounter(dependencies)).count([
        message('m2', FRIDAY),
        message('m1', SUNDAY, { channelId: 'd' }),
        message('m1', SUNDAY, { peerId: 'q' }),
      ]);
      expect(outcomes).toEqual([
        { kind: 'quarantined', reason: 'malformed_item', error: expect.any(MalformedItemError) },
        { kind: 'counted' },
        { kind: 'counted' },
      ]);
    },
  );
});

describe('a marker that is malformed', () => {
  /** Spoils the marker of the conversation `k`, or mends it. */
  const setMarker = (client: DynamoDBDocumentClient, tableName: string, pk: unknown, startedBy: unknown) =>
    client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: { pk, sk: 'CHANNEL#c' },
        UpdateExpression: 'SET startedBy = :startedBy',
        ExpressionAttributeValues: { ':startedBy': startedBy },
      }),
    );

  test.for([
    ['as it is first read', false],
    ['as it is read again', true],
  ] as const)(
    'holds up the messages of its conversation alone, %s',
    async ([_when, isSpoiltLate], { dependencies, claimOnly, count, counted, table }) => {
      await claimOnly([message('m1', FRIDAY)]);
      const [marker] = (await contentsOf(table)).filter(({ sk }) => sk === 'CHANNEL#c');
      const spoil = () => setMarker(dependencies.client, table.tableName, marker?.['pk'], 'wrong');
      if (!isSpoiltLate) await spoil();
      const client = intercepted(dependencies.client, async (command, send) => {
        const answer = await send();
        if (isSpoiltLate && command instanceof BatchGetCommand) await spoil();
        return answer;
      });
      const batch = [
        message('n1', FRIDAY, { conversationId: 'n' }),
        message('m1', FRIDAY),
        message('m2', FRIDAY),
      ];
      const outcomes = await (await buildCounter({ ...dependencies, client })).count(batch);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['counted', 'quarantined', 'quarantined']);
      expect(await counted()).toEqual({ [FRIDAY]: [1, 1] });
      await setMarker(dependencies.client, table.tableName, marker?.['pk'], marker?.['startedBy']);
      expect(await count(batch)).toEqual(['duplicate', 'counted', 'counted']);
      expect(await counted()).toEqual({ [FRIDAY]: [3, 2] });
    },
  );
});

describe('the order of sentAt', () => {
  test('decides which message starts a conversation, whatever the order of a batch', async ({
    count,
    counted,
  }) => {
    const days = ['2026-11-21', '2026-11-12', '2026-11-02'];
    await count(days.map((day, index) => message(`m${index}`, day)));
    expect(await counted()).toEqual({ '2026-11-02': [1, 1], '2026-11-12': [1, 0], '2026-11-21': [1, 0] });
  });

  test('holds where a day fails: what was sent later comes again with it', async ({
    claimOnly,
    count,
    counted,
  }) => {
    await claimOnly([message('m2', SATURDAY), message('m1', FRIDAY)]);
    await count([message('m2', SATURDAY), message('m1', FRIDAY)]);
    expect(await counted()).toEqual({ [FRIDAY]: [1, 1], [SATURDAY]: [1, 0] });
  });
});
