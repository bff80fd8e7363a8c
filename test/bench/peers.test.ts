import { describe, expect } from 'vitest';
import { addEachGroup } from '../../bench/peers/add-each-group.ts';
import { addEachMessage } from '../../bench/peers/add-each-message.ts';
import { claimBeforeWrite } from '../../bench/peers/claim-before-write.ts';
import { idempotentRecord } from '../../bench/peers/idempotent-record.ts';
import { PEERS } from '../../bench/peers/peers.ts';
import { createSoundDay, readSnapshots, soundDay, startSoundDay } from '../../bench/peers/sound-day.ts';
import { transactionEachGroup } from '../../bench/peers/transaction-each-group.ts';
import { transactionEachMessage } from '../../bench/peers/transaction-each-message.ts';
import { unsoundDay } from '../../bench/peers/unsound-day.ts';
import type { CounterKind } from '../faults/any-counter/any-counter.ts';
import { runCounterSchedule } from '../faults/any-counter/counter-schedule.ts';
import { knownFaultsOf } from '../faults/any-counter/known-faults.ts';
import type { WrongFigure } from '../faults/any-counter/messages.ts';
import { ourCounter } from '../faults/any-counter/our-counter.ts';
import type { CounterFault } from '../faults/any-counter/plan.ts';
import type { TestDatabase } from '../support/database/database.ts';
import { test } from '../support/fixture.ts';

const ADDING = [addEachMessage, addEachGroup, unsoundDay];
const MARKING = [claimBeforeWrite, idempotentRecord];

/** Which counters go wrong where one thing alone happens. Those with transactions never do. */
const KNOWN: readonly { fault: CounterFault; kinds: readonly CounterKind[] }[] = [
  { fault: 'a batch was delivered again', kinds: ADDING },
  { fault: 'a batch was delivered to two processes at once', kinds: ADDING },
  { fault: 'a call was throttled', kinds: [...ADDING, ...MARKING] },
  { fault: 'the answer to a call was lost', kinds: [...ADDING, ...MARKING] },
  { fault: 'a call was sent twice', kinds: [...ADDING, ...MARKING] },
  // A batch has few groups, so that it is rare that a process dies between two of them.
  { fault: 'a process died before a call', kinds: [addEachMessage, unsoundDay, ...MARKING] },
  { fault: 'a process died behind a call', kinds: [...ADDING, ...MARKING] },
];

/** In one of so many schedules whatever can go wrong does. */
const SCHEDULES = 40;

async function firstWrong(
  database: TestDatabase,
  kind: CounterKind,
  faults: readonly CounterFault[],
  isSought: (figure: WrongFigure) => boolean,
): Promise<WrongFigure | undefined> {
  for (let seed = 1; seed <= SCHEDULES; seed += 1) {
    const { wrong } = await runCounterSchedule(database, kind, seed, faults);
    const found = wrong.find(isSought);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe.each([...PEERS, soundDay, unsoundDay])('$name', (kind) => {
  test('counts right where nothing goes wrong', async ({ database }) => {
    for (const seed of [1, 2, 3]) {
      expect((await runCounterSchedule(database, kind, seed, [])).wrong).toEqual([]);
    }
  });
});

describe.each(KNOWN)('$fault', ({ fault, kinds }) => {
  test.for(kinds)('$name counts wrong', async (kind, { database }) => {
    // A marker that is put first loses messages, unless the SDK sends an addition twice; the others count too many.
    const losesMessages = kind === claimBeforeWrite && fault !== 'a call was sent twice';
    const isSought = ({ counted, expected }: WrongFigure) =>
      losesMessages ? counted.messages < expected.messages : counted.messages > expected.messages;
    expect(await firstWrong(database, kind, [fault], isSought)).toBeDefined();
  });
});

const ADDS_TWICE = 'an `ADD` that is sent twice';

test.for<[CounterKind, string[]]>([
  [addEachMessage, ['`ADD` on redelivery', ADDS_TWICE]],
  [addEachGroup, ['`ADD` on redelivery', ADDS_TWICE]],
  [claimBeforeWrite, ['claim before write', ADDS_TWICE]],
  [idempotentRecord, ['a record per message, and a crash between', ADDS_TWICE]],
  // Its messages are added again; its conversations are marked before they are added.
  [unsoundDay, ['`ADD` on redelivery', 'claim before write', ADDS_TWICE]],
  [transactionEachMessage, []],
  [transactionEachGroup, []],
  [soundDay, []],
  [ourCounter, []],
])('$0.name has the known faults $1', async ([kind, names], { database }) => {
  expect((await knownFaultsOf(database, kind)).map(({ name }) => name)).toEqual(names);
});

test.for([transactionEachMessage, transactionEachGroup, soundDay])(
  '$name counts right whatever happens',
  async (kind, { database }) => {
    for (let seed = 1; seed <= 6; seed += 1) {
      expect((await runCounterSchedule(database, kind, seed)).wrong).toEqual([]);
    }
  },
);

test('the sound way to a whole day writes its snapshot once it is over', async ({ database }) => {
  const tables = await createSoundDay(database);
  let now = Date.parse('2026-11-21T12:00:00.000Z');
  const counter = startSoundDay(tables, { documents: database.client, clock: () => now });
  const message = { peerId: 'peer_1', channelId: 'integration_slack', conversationId: 'k-1', sentAt: now };
  await counter.deliver(['m-1', 'm-2'].map((messageId) => ({ ...message, messageId })));
  await counter.runJob?.();
  expect(await readSnapshots(database.client, tables, 'peer_1')).toEqual([]);
  now += 24 * 3_600_000;
  await counter.runJob?.();
  await counter.runJob?.();
  expect(await readSnapshots(database.client, tables, 'peer_1')).toEqual([
    {
      peerId: 'peer_1',
      day: '2026-11-21',
      channels: { integration_slack: { messages: 2, conversations: 1 } },
    },
  ]);
});
