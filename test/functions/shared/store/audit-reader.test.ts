import { TransactGetCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { NOTHING_ARCHIVED, withArchived } from '../../../../functions/shared/domain/archive.ts';
import { newDailyCounter } from '../../../../functions/shared/domain/daily-counter.ts';
import { startOf } from '../../../../functions/shared/domain/utc-day.ts';
import { AuditReader } from '../../../../functions/shared/store/audit-reader.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import { isContention } from '../../../../functions/shared/store/dynamodb.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { cancelledTransaction } from '../../../support/database/transactions.ts';
import { test } from '../../../support/fixture.ts';

const PLACE = { peerId: 'p', channelId: 'c', channelNumber: 1, day: '2026-11-22' };

test('a counter is not audited while the windows that it has archived are not there for everybody', async ({
  database,
  table,
}) => {
  const span = { from: startOf(PLACE.day), through: startOf(PLACE.day) };
  const archive = withArchived(NOTHING_ARCHIVED, [span]);
  const window = { ...span, fingerprints: ['00000000000000aa'], number: 0, expiresAt: span.from };
  const counter = { ...newDailyCounter(PLACE), version: 1, archive };
  await new DailyCounterStore(table).apply({ counter, archived: [window] });
  let isWhole = false;
  const client = intercepted(database.client, (command, send) => {
    const isOfWindow =
      command instanceof TransactGetCommand &&
      command.input.TransactItems?.some(({ Get: get }) => String(get?.Key?.['pk']).includes('#WINDOWS#'));
    return isOfWindow && !isWhole ? Promise.reject(cancelledTransaction(['TransactionConflict'])) : send();
  });
  const reader = new AuditReader({ ...table, client });
  expect(isContention(await reader.counter(PLACE).catch((error: unknown) => error))).toBe(true);
  isWhole = true;
  expect((await reader.counter(PLACE))?.version).toBe(1);
});
