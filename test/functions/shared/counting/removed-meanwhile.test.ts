import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect } from 'vitest';
import { countGivenUpMessages, countMessages } from '../../../../functions/shared/counting/count-messages.ts';
import { NOTHING_ARCHIVED } from '../../../../functions/shared/domain/archive.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import { takeDailySnapshot } from '../../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { forgetCommand } from '../../../../tools/commands/forget.ts';
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
