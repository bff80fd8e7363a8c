import fc from 'fast-check';
import { expect } from 'vitest';
import { sendNotifications } from '../../../functions/send-notifications/send-notifications.ts';
import { standardWebhook } from '../../../functions/send-notifications/webhook-receivers.ts';
import { signingKeys } from '../../../functions/send-notifications/webhook-signature.ts';
import { NoAnswerError, type Post } from '../../../functions/shared/sending/post.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test } from '../../support/fixture.ts';
import { decide, givenUpBy, waitingFor } from '../../support/sending/waiting.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';

const START = Date.parse('2026-11-22T10:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CASES = 12;
const PEERS = ['peer_x', 'peer_y', 'peer_z'];
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** What a receiver does with one request. */
const ANSWERS = ['200', '500', '404', '302', '429', 'hang', 'take and drop', '410'] as const;
type AnswerKind = (typeof ANSWERS)[number];

const history = fc.record({
  /** When what is decided, in minutes. */
  decisions: fc.array(
    fc.record({
      peer: fc.constantFrom(...PEERS),
      minute: fc.nat({ max: 600 }),
      howMany: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  /** One after the other, whichever notification comes. */
  answers: fc.array(
    fc.oneof(
      {
        weight: 30,
        arbitrary: fc.constantFrom<AnswerKind>('200', '500', '404', '302', '429', 'hang', 'take and drop'),
      },
      { weight: 1, arbitrary: fc.constant<AnswerKind>('410') },
    ),
    { maxLength: 30 },
  ),
  /** And in the end always the same. */
  atLast: fc.constantFrom<AnswerKind>('200', '200', '200', '500', 'hang'),
  /** After so many calls of the database and of the receiver a process dies, and whether the last one was done. */
  deaths: fc.array(fc.record({ calls: fc.integer({ min: 1, max: 25 }), isDone: fc.boolean() }), {
    maxLength: 8,
  }),
  /** How many runs there are at a time, in turn. */
  together: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 5 }),
});
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

/** A receiver that takes what it is said to take, and remembers it. */
function receiverOf({ answers, atLast }: History) {
  const left = [...answers];
  const taken: { id: string; body: string }[] = [];
  let isGone = false;
  const post: Post = async (_url, { headers, body }) => {
    const answer = left.shift() ?? atLast;
    if (answer === '200' || answer === 'take and drop') {
      taken.push({ id: headers['webhook-id'] ?? '', body: String(body) });
    }
    if (answer === 'hang' || answer === 'take and drop')
      throw new NoAnswerError('it took longer than 15000 ms');
    if (answer === '410') isGone = true;
    return { status: Number(answer), headers: answer === '429' ? { 'retry-after': '600' } : {}, body: '' };
  };
  return { post, taken, isGone: () => isGone };
}

/** What a process does, until it dies at one of its calls. */
function processOf(
  dependencies: TestDependencies,
  post: Post,
  death: History['deaths'][number] | undefined,
  scheduler: fc.Scheduler,
) {
  const died = Promise.withResolvers<void>();
  let calls = 0;
  async function call<Result>(make: () => Promise<Result>): Promise<Result> {
    calls += 1;
    const isLast = calls === death?.calls;
    if (death === undefined || calls < death.calls || (isLast && death.isDone)) {
      await scheduler.schedule(Promise.resolve());
      const result = await make();
      if (!isLast) return result;
    }
    died.resolve();
    return new Promise(() => {});
  }
  const receiver = standardWebhook(
    { name: 'hook', url: 'https://receiver.example/', keys: signingKeys(SECRET, 'the secret') },
    (...sent) => call(() => post(...sent)),
  );
  const client = intercepted(dependencies.client, (_command, send) => call(send));
  const job = sendNotifications({ ...dependencies, client }, async () => [receiver]);
  return () => Promise.race([job(() => false).then(() => undefined), died.promise]);
}

test(`in ${CASES} random histories each is taken in order, or given up after a day`, {
  timeout: 120_000,
}, async ({ dependencies, database }) => {
  await fc.assert(
    fc.asyncProperty(history, fc.scheduler(), async (told, scheduler) => {
      Object.assign(dependencies.settings, await database.createTables());
      const table = { client: dependencies.client, tableName: dependencies.settings.usageTableName };
      const receiver = receiverOf(told);
      const deaths = [...told.deaths];
      const decisions = told.decisions.toSorted((one, other) => one.minute - other.minute);
      const decided: string[] = [];
      let minute = 0;
      for (let run = 0; ; run += 1) {
        while (decisions[0] !== undefined && decisions[0].minute <= minute) {
          const { peer, howMany } = decisions.shift() ?? decisions[0];
          decided.push(...(await decide(table, ['hook'], peer, { now: START + minute * MINUTE, howMany })));
        }
        const waiting = await waitingFor(table, 'hook');
        if (waiting.length === 0 && decisions.length === 0) break;
        const howMany = told.together[run % told.together.length] ?? 1;
        dependencies.setClock(new Date(START + minute * MINUTE).toISOString());
        const runs = Array.from({ length: howMany }, () =>
          processOf(dependencies, receiver.post, deaths.shift(), scheduler)(),
        );
        await scheduler.waitFor(Promise.all(runs));
        minute = nextMinute(minute, await waitingFor(table, 'hook'), decisions);
        expect(minute, 'there is an end').toBeLessThan(30 * 24 * 60);
      }
      const given = await givenUpBy(table, 'hook');
      checkTaken(told, decided, receiver.taken, new Set(given.map(({ id }) => id)));
      for (const { createdAt, givenUpAt, reason } of given) {
        expect(reason).not.toBe('');
        if (!receiver.isGone()) expect(givenUpAt - createdAt).toBeGreaterThanOrEqual(DAY);
      }
    }),
    { numRuns: CASES, endOnFailure: true },
  );
});

/** The next minute in which there is something to do: those between are runs without anything due. */
function nextMinute(
  minute: number,
  waiting: readonly { peerId: string; dueAt: number }[],
  decisions: readonly { minute: number }[],
): number {
  const heads = waiting.filter(({ peerId }, index) => peerId !== waiting[index - 1]?.peerId);
  const due = heads.map(({ dueAt }) => Math.ceil((dueAt - START) / MINUTE));
  const next = [...due, ...decisions.map((decision) => decision.minute)];
  return next.length === 0 ? minute : Math.max(minute + 1, Math.min(...next));
}

function checkTaken(
  { answers, deaths }: History,
  decided: readonly string[],
  taken: readonly { id: string; body: string }[],
  givenUp: ReadonlySet<string>,
): void {
  const ids = taken.map(({ id }) => id);
  const first = [...new Set(ids)];
  for (const peer of PEERS) {
    const ofPeer = (all: readonly string[]) => all.filter((id) => id.startsWith(peer));
    const takenAtAll = ofPeer(decided).filter((id) => first.includes(id));
    expect(ofPeer(first), 'the first takings are in the order of the decisions').toEqual(takenAtAll);
  }
  expect(
    decided.filter((id) => !first.includes(id) && !givenUp.has(id)),
    'lost',
  ).toEqual([]);
  for (const id of first)
    expect(new Set(taken.filter((one) => one.id === id).map(({ body }) => body)).size).toBe(1);
  if (deaths.length === 0 && !answers.includes('take and drop')) expect(ids, 'repeated').toEqual(first);
}
