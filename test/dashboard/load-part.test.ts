import { expect, test } from 'vitest';
import { loadPart } from '../../dashboard/src/api/load-part.ts';
import { RequestProblem } from '../../dashboard/src/api/request-problem.ts';

const NOT_LOADED = new TypeError('Failed to fetch dynamically imported module');
const UNREACHABLE = new RequestProblem('unreachable', 'The service cannot be reached.');

/** Loads a part, with what each attempt to load it and to reach the service comes to. */
async function load({ loads, access = [] }: { loads: (string | Error)[]; access?: ('works' | Error)[] }) {
  const done: string[] = [];
  const next = async (what: string, outcomes: (string | Error)[]) => {
    done.push(what);
    const outcome = outcomes.shift();
    if (typeof outcome !== 'string') throw outcome;
    return outcome;
  };
  const outcome = await loadPart(
    () => next('load', loads),
    async () => {
      await next('try access', access);
    },
  ).catch((error: unknown) => error);
  return { outcome, done };
}

test('a part that can be loaded costs no other request', async () => {
  expect(await load({ loads: ['part'] })).toEqual({ outcome: 'part', done: ['load'] });
});

test('without a connection, that is the problem', async () => {
  const { outcome, done } = await load({ loads: [NOT_LOADED], access: [UNREACHABLE] });
  expect(outcome).toBe(UNREACHABLE);
  expect(done).toEqual(['load', 'try access']);
});

test('a connection that comes back in between is enough', async () => {
  expect(await load({ loads: [NOT_LOADED, 'part'], access: ['works'] })).toEqual({
    outcome: 'part',
    done: ['load', 'try access', 'load'],
  });
});

test('with a connection, a part that is not there stays the problem', async () => {
  const { outcome, done } = await load({ loads: [NOT_LOADED, NOT_LOADED], access: ['works'] });
  expect(outcome).toBe(NOT_LOADED);
  expect(done).toEqual(['load', 'try access', 'load']);
});
