import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { DAY_MS } from '../../../functions/shared/domain/utc-day.ts';
import type { Table } from '../../../functions/shared/store/dynamodb.ts';
import { ErasedPeers } from '../../../functions/shared/store/erased-peers.ts';
import { erasePeer } from '../../../tools/support/erase-peer.ts';
import { purgeChannel } from '../../../tools/support/purge-channel.ts';
import { areUnitsBilled, metered } from '../../support/database/capacity.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';
import { NOW } from '../../support/service/test-service.ts';
import { type Image, old, test } from './importing.ts';

const DAY = '2023-05-04';
const at = (instant: string) => Date.parse(instant);

/** Three years of a peer: three conversations on two channels, with an answer in between. */
const HISTORY = [
  old('m1'),
  old('m2', { sentAt: at('2023-05-04T11:00:00Z'), role: 'assistant' }),
  old('m3', { sentAt: at('2023-05-04T12:00:00Z'), conversationId: 'other' }),
  old('m4', { sentAt: at('2024-02-29T00:00:00Z'), channelId: 'd' }),
  old('m5', { sentAt: at('2025-10-01T23:59:59Z') }),
];
const COUNTED = {
  days: ['2023-05-04 c 2 2', '2024-02-29 d 1 1', '2025-10-01 c 1 0'],
  allTime: ['c 3 2', 'd 1 1'],
};

describe('a history', () => {
  test('is counted on its own days, once', async ({ record, images, deliver, figures, quarantined }) => {
    expect(await record(HISTORY)).toEqual({ recorded: 5, duplicates: 0, refused: [] });
    await deliver(await images());
    expect(await figures()).toEqual(COUNTED);
    await deliver(await images());
    // What is counted is known, whether it is stored or not; the answer of the assistant is stored alone.
    expect(await record(HISTORY)).toEqual({ recorded: 0, duplicates: 5, refused: [] });
    await deliver(await images());
    expect(await figures()).toEqual(COUNTED);
    expect(await quarantined()).toEqual([]);
  });

  test('joins the totals of a peer whose days are sealed', async ({
    dependencies,
    service,
    record,
    images,
    deliver,
    figures,
    seal,
  }) => {
    const live = { peerId: 'p', conversationId: 'live', channelId: 'c', messageId: 'l1' };
    await service.count([{ ...live, sentAt: at('2026-11-20T10:00:00Z') }]);
    await seal();
    await record(HISTORY);
    await deliver(await images());
    const expected = {
      days: [...COUNTED.days, '2026-11-20 c 1 1'],
      allTime: ['c 4 3', 'd 1 1'],
    };
    expect(await figures()).toEqual(expected);
    dependencies.setClock('2026-11-23T10:00:00Z');
    await seal();
    expect(await figures()).toEqual(expected);
  });

  test('is kept from now on, as long as what is sent now', async ({ record, images, fingerprints }) => {
    await record([old('m1'), old('young', { sentAt: at(NOW) - 400 * DAY_MS })]);
    const byId = new Map((await images()).map((image) => [textOf(image, 'sk'), image]));
    const seconds = at(NOW) / 1000;
    const until = at(NOW) + 40 * DAY_MS;
    const { code } = (await fingerprints()).historyMark({ ...old('m1'), peerId: 'p' }, until);
    expect(byId.get('m1')).toEqual({
      pk: { S: 'p\nk' },
      sk: { S: 'm1' },
      schemaVersion: { N: '1' },
      channelId: { S: 'c' },
      role: { S: 'user' },
      sentAt: { S: '2023-05-04T10:00:00.000Z' },
      expiresAt: { N: String(seconds + 400 * 86_400) },
      historyMark: { S: `${until} ${code}` },
    });
    // What senders may record is recorded as theirs is.
    expect(byId.get('young')?.['historyMark']).toBeUndefined();
    expect(byId.get('young')?.['expiresAt']).toEqual({ N: String(seconds) });
  });

  test('is kept at least as long as its marks hold', async ({ recorderOf, images }) => {
    await (await recorderOf('p', { messageRetentionDays: 7 })).record([old('m1')]);
    expect((await images())[0]?.['expiresAt']).toEqual({ N: String(at(NOW) / 1000 + 40 * 86_400) });
  });

  test.runIf(areUnitsBilled)(
    'costs a write unit for each message',
    async ({ recorderOf, messagesTable, table }) => {
      const meter = metered(messagesTable.client);
      const tables = { messages: { ...messagesTable, client: meter.client }, usage: table };
      const recorder = await recorderOf('p', { tables });
      await recorder.record(Array.from({ length: 50 }, (_, number) => old(`m${number}`)));
      expect(meter.writeUnits()).toBe(50);
    },
  );

  test('of before 1970 is none', async ({ record }) => {
    expect(await record([old('m1', { sentAt: -1 })])).toEqual({
      recorded: 0,
      duplicates: 0,
      refused: [{ index: 0, code: 'too_old', reason: 'sentAt must not be before 1970' }],
    });
  });

  test('is refused by message where one is wrong, and the others are recorded', async ({ record }) => {
    const { recorded, refused } = await record([old('m1'), old('m2', { channelId: ' c' }), old('m3')]);
    expect(recorded).toBe(2);
    expect(refused.map(({ index, code }) => [index, code])).toEqual([[1, 'invalid_message']]);
  });
});

/** What removing works with. */
function removing({ clock, waiting, randomBytes }: TestDependencies, usage: Table) {
  return { usage, clock, waiting, randomBytes, paced: async () => {}, progress() {} };
}

describe('a message that is older than messages may be is not counted', () => {
  const UNMARKED = 'too_old: sentAt is before what is still counted';
  const WRONG = `${UNMARKED}, and its history mark does not hold`;

  test('without a mark', async ({ record, images, deliver, figures, quarantined }) => {
    await record([old('m1')]);
    const [image] = await images();
    const { historyMark: _, ...unmarked } = image ?? {};
    await deliver([unmarked]);
    expect(await quarantined()).toEqual([UNMARKED]);
    expect(await figures()).toEqual({ days: [], allTime: [] });
  });

  test.for<[string, (image: Image, other: Image) => Image]>([
    ['of another message', (image, other) => ({ ...image, ...markOf(other) })],
    ['of the message on another channel', (image) => ({ ...image, channelId: { S: 'd' } })],
    ['of the message at another time', (image) => ({ ...image, sentAt: { S: '2023-05-03T10:00:00.000Z' } })],
    ['of the message of another peer', (image) => ({ ...image, pk: { S: 'q\nk' } })],
    ['of the message in another conversation', (image) => ({ ...image, pk: { S: 'p\nk2' } })],
    ['with another end', (image) => withMark(image, (until, code) => `${until + 1} ${code}`)],
    ['with another code', (image) => withMark(image, (until) => `${until} AAAAAAAAAAAAAAAAAAAAAA`)],
    ['with no code', (image) => withMark(image, (until) => `${until} `)],
  ])('with a mark %s', async ([, forge], { record, images, deliver, figures, quarantined }) => {
    await record([old('m1'), old('m2')]);
    const [image = {}, other = {}] = await images();
    await deliver([forge(image, other)]);
    expect(await quarantined()).toEqual([WRONG]);
    expect(await figures()).toEqual({ days: [], allTime: [] });
  });

  test('with the mark of an answer that was put as a user’s', async ({
    record,
    images,
    deliver,
    quarantined,
  }) => {
    await record([old('m1', { role: 'assistant' })]);
    const [image] = await images();
    await deliver([{ ...image, role: { S: 'user' } }]);
    expect(await quarantined()).toEqual([WRONG]);
  });

  test.for([['x'], [' '], ['1e9 code'], ['-1 code'], ['1234567890123456 code']])(
    'with %j in the place of a mark',
    async ([text = ''], { record, images, deliver, quarantined }) => {
      await record([old('m1')]);
      const [image] = await images();
      await deliver([
        { ...image, historyMark: { S: text } },
        { ...image, historyMark: { N: '1' } },
      ]);
      expect(await quarantined()).toEqual([UNMARKED, UNMARKED]);
    },
  );

  test('once its mark has ended', async ({ dependencies, record, images, deliver, figures, quarantined }) => {
    await record([old('m1')]);
    const put = await images();
    const end = dependencies.clock() + 40 * DAY_MS;
    await deliver(put, end + 1000);
    expect(await quarantined()).toEqual([WRONG]);
    await deliver(put, end);
    expect((await figures()).allTime).toEqual(['c 1 1']);
  });

  test('under another secret', async ({ record, images, deliver, quarantined, table }) => {
    await record([old('m1')]);
    const put = await images();
    const item = { pk: 'HASH_SECRET', sk: 'HASH_SECRET', secret: new Uint8Array(32) };
    await table.client.send(new PutCommand({ TableName: table.tableName, Item: item }));
    await deliver(put);
    expect(await quarantined()).toEqual([WRONG]);
  });

  test('where its mark is put again, once its evidence has gone', async ({
    dependencies,
    deliver,
    figures,
    quarantined,
    expire,
    seal,
    count,
  }) => {
    const put = await count([old('m1')]);
    await seal();
    // Whatever a mark says: what has figures, and no evidence any more, is final.
    dependencies.setClock('2027-03-01T00:00:00Z');
    await expire();
    await deliver(put, at(NOW));
    expect(await quarantined()).toEqual([
      'too_old: the proof of its day is no longer kept, or not for long enough to count it exactly once',
    ]);
    expect((await figures()).allTime).toEqual(['c 1 1']);
  });

  test('where its mark is put again, once its channel was purged', async ({
    dependencies,
    record,
    deliver,
    figures,
    table,
    messagesTable,
    count,
  }) => {
    const put = await count([old('m1')]);
    await purgeChannel(
      { ...removing(dependencies, table), messages: messagesTable },
      { peerId: 'p', channelId: 'c' },
    );
    await deliver(put);
    expect(await figures()).toEqual({ days: [], allTime: [] });
    expect((await record([old('m9')])).refused.map(({ code }) => code)).toEqual(['channel_purged']);
  });

  test('where its mark is put again, once its peer was erased', async ({
    dependencies,
    record,
    images,
    deliver,
    figures,
    table,
    messagesTable,
    count,
  }) => {
    const put = await count([old('m1')]);
    await erasePeer({ ...removing(dependencies, table), messages: messagesTable }, 'p');
    expect(await images()).toEqual([]);
    await deliver(put);
    expect(await figures()).toEqual({ days: [], allTime: [] });
    expect((await record([old('m9')])).refused.map(({ code }) => code)).toEqual(['peer_erased']);
    expect(await images()).toEqual([]);
  });
});

describe('a day', () => {
  test('whose evidence has gone takes no history, and others do', async ({
    dependencies,
    service,
    record,
    seal,
    expire,
    deliver,
    images,
    figures,
  }) => {
    const live = { peerId: 'p', conversationId: 'k', channelId: 'live', messageId: 'l1' };
    await service.count([{ ...live, sentAt: at('2026-11-20T10:00:00Z') }]);
    dependencies.setClock('2028-11-20T00:00:00Z');
    await seal();
    await expire();
    const onDay = { sentAt: at('2026-11-20T10:00:00Z') };
    // For the live channel counting would refuse it; for another one it would count once more.
    const result = await record([old('l1', onDay), old('l1', { ...onDay, channelId: 'live' }), old('m1')]);
    expect(result).toEqual({
      recorded: 1,
      duplicates: 0,
      refused: [0, 1].map((index) => ({
        index,
        code: 'day_has_figures',
        reason:
          '2026-11-20 has figures whose evidence has expired: nobody can tell any more whether the message is in them',
      })),
    });
    await deliver(await images());
    expect((await figures()).allTime).toEqual(['c 1 1', 'live 1 1']);
  });

  test('takes history for 30 days after its first message', async ({
    dependencies,
    record,
    deliver,
    images,
    figures,
    count,
  }) => {
    await count([old('m1')]);
    dependencies.setClock('2026-12-22T10:00:00Z');
    expect(await record([old('m2')])).toEqual({ recorded: 1, duplicates: 0, refused: [] });
    await deliver(await images());
    expect((await figures()).allTime).toEqual(['c 2 1']);
    dependencies.setClock('2026-12-22T10:00:01Z');
    expect((await record([old('m3'), old('m4', { channelId: 'd' })])).refused).toEqual(
      [0, 1].map((index) => ({
        index,
        code: 'day_has_figures',
        reason: `${DAY} has figures and takes no more messages, as their evidence is about to expire`,
      })),
    );
  });

  test('of which messages were counted for another channel does not count them again', async ({
    dependencies,
    service,
    recorderOf,
    seal,
    deliver,
    images,
    figures,
  }) => {
    // Messages are kept for 30 days, their evidence for more than a year.
    const sentAt = at('2026-09-01T10:00:00Z');
    const live = { peerId: 'p', conversationId: 'k', channelId: 'live' };
    const many = Array.from({ length: 300 }, (_, number) => `l${number}`);
    for (const messageId of many)
      await service.count([{ ...live, messageId, sentAt: sentAt + Number(messageId.slice(1)) }]);
    await seal();
    dependencies.settings.messageRetentionDays = 30;
    const recorder = await recorderOf('p', { messageRetentionDays: 30 });
    const again = many.map((messageId) => old(messageId, { sentAt: sentAt + Number(messageId.slice(1)) }));
    expect(await recorder.record([...again, old('new', { sentAt: sentAt + 500 })])).toEqual({
      recorded: 1,
      duplicates: 300,
      refused: [],
    });
    await deliver(await images());
    expect((await figures()).allTime).toEqual(['c 1 1', 'live 300 1']);
  });

  test('whose counters are seen after its snapshot is not taken for one without evidence', async ({
    dependencies,
    record,
    recorderOf,
    deliver,
    images,
    messagesTable,
    table,
    service,
    seal,
  }) => {
    // The day joins its month while the days are looked at.
    await service.count([
      {
        peerId: 'p',
        conversationId: 'l',
        channelId: 'c',
        messageId: 'l',
        sentAt: at('2026-11-20T10:00:00Z'),
      },
    ]);
    await seal();
    await record([old('m1')]);
    const put = await images();
    let isCounted = false;
    const client = intercepted(table.client, async (command, send) => {
      if (!isCounted && command.constructor.name === 'TransactGetCommand') {
        isCounted = true;
        await deliver(put);
      }
      return send();
    });
    const tables = { messages: messagesTable, usage: { ...table, client } };
    expect(await (await recorderOf('p', { tables })).record([old('m2')])).toEqual({
      recorded: 1,
      duplicates: 0,
      refused: [],
    });
    expect(isCounted).toBe(true);
    expect(dependencies.clock()).toBe(at(NOW));
  });
});

describe('what happens while a history is recorded', () => {
  test('nothing is left of it where the peer is erased meanwhile', async ({
    dependencies,
    recorderOf,
    images,
    messagesTable,
    table,
  }) => {
    let puts = 0;
    const client = intercepted(messagesTable.client, async (command, send) => {
      const answer = await send();
      if (command instanceof PutCommand) puts += 1;
      if (puts === 1) {
        puts += 1;
        await new ErasedPeers(table).begin('p', new Uint8Array(32));
      }
      return answer;
    });
    const tables = { messages: { ...messagesTable, client }, usage: table };
    await (await recorderOf('p', { tables })).record(HISTORY);
    expect(puts).toBe(HISTORY.length + 1);
    expect(await images()).toEqual([]);
    expect(dependencies.logged).toEqual([]);
  });

  test('what DynamoDB does not take is tried again', async ({ recorderOf, messagesTable, table, images }) => {
    let refusals = 7;
    const client = intercepted(messagesTable.client, (command, send) => {
      if (command instanceof PutCommand && refusals > 0) {
        refusals -= 1;
        throw new Error('too busy');
      }
      return send();
    });
    const tables = { messages: { ...messagesTable, client }, usage: table };
    const result = await (await recorderOf('p', { tables })).record(HISTORY);
    expect(result).toEqual({ recorded: 5, duplicates: 0, refused: [] });
    expect(await images()).toHaveLength(5);
  });

  test('it ends where DynamoDB goes on not to take it', async ({ recorderOf, messagesTable, table }) => {
    const client = intercepted(messagesTable.client, (command, send) => {
      if (command instanceof PutCommand) throw new Error('too busy');
      return send();
    });
    const tables = { messages: { ...messagesTable, client }, usage: table };
    await expect((await recorderOf('p', { tables })).record(HISTORY)).rejects.toThrow(
      '5 messages could not be stored, 10 times in a row; start it again to go on',
    );
  });
});

function textOf(image: Image, name: string): string {
  const value = image[name];
  return value !== undefined && 'S' in value ? value.S : '';
}

function markOf({ historyMark }: Image): Image {
  return historyMark === undefined ? {} : { historyMark };
}

function withMark(image: Image, change: (until: number, code: string) => string): Image {
  const [until = '', code = ''] = textOf(image, 'historyMark').split(' ');
  return { ...image, historyMark: { S: change(Number(until), code) } };
}
