import { describe, expect, test } from 'vitest';
import { type TrustOutcome, trustAsker } from '../../dashboard/embed/ask-for-trust.ts';
import { trustNotes } from '../../dashboard/embed/trust-notes.ts';
import { trustAddress } from '../../dashboard/embed/usage-address.ts';

const URL_OF_TRUST = new URL('https://shop.example/usage/peer/peer_1/channel-stats/trust');
const AT = '2026-11-27T10:00:05Z';

function answer(change: object = {}) {
  return {
    status: 'current',
    countedThrough: AT,
    lagSeconds: 3,
    firstCountedDay: null,
    sealedThrough: null,
    notCounted: { quarantined: 0, givenUp: 0 },
    channels: [],
    asOf: '2026-11-27T10:00:08Z',
    ...change,
  };
}

/** Asks a proxy that answers with one thing after another. Gives what came, and how often it was asked. */
async function ask(...answers: (() => Response)[]): Promise<{ outcomes: TrustOutcome[]; asked: number }> {
  let asked = 0;
  const send = trustAsker(async () => {
    const next = answers[asked];
    asked += 1;
    if (next === undefined) throw new TypeError('no connection');
    return next();
  });
  const outcomes: TrustOutcome[] = [];
  for (const _ of answers) outcomes.push(await send(URL_OF_TRUST, new AbortController().signal));
  return { outcomes, asked };
}

const json =
  (body: unknown, status = 200) =>
  () =>
    Response.json(body, { status });
const CURRENT = { trust: { isBehind: false, countedThrough: Date.parse(AT), notCounted: 0 } };

test('trust is asked for beside the figures, whatever their days are', () => {
  const usage = new URL(
    'https://shop.example/usage/peer/peer_1/channel-stats?site=7&include=percentage&from=2026-11-01&to=2026-11-15',
  );
  expect(trustAddress(usage).href).toBe('https://shop.example/usage/peer/peer_1/channel-stats/trust?site=7');
});

describe('asking', () => {
  test.each([
    ['current', { isBehind: false }],
    ['incomplete', { isBehind: false }],
    ['behind', { isBehind: true }],
    ['stalled', { isBehind: true }],
  ])('reads that counting is %s', async (status, expected) => {
    const { outcomes } = await ask(json(answer({ status, notCounted: { quarantined: 2, givenUp: 1 } })));
    expect(outcomes).toEqual([{ trust: { ...CURRENT.trust, ...expected, notCounted: 3 } }]);
  });

  test('reads that it is not known how far counting is', async () => {
    const { outcomes } = await ask(json(answer({ status: 'stalled', countedThrough: null })));
    expect(outcomes).toEqual([{ trust: { isBehind: true, countedThrough: undefined, notCounted: 0 } }]);
  });

  test.each([
    ['refuses it', json({}, 403)],
    ['does not know it', json({}, 404)],
    ['answers with figures', json({ channels: [], total: { messageCount: 0, conversationCount: 0 } })],
    ['answers with a page', () => new Response('<html>')],
  ])('asks no more where the proxy %s', async (_what, response) => {
    expect(await ask(response, json(answer()))).toEqual({ outcomes: [{}, {}], asked: 1 });
  });

  test.each([429, 500, 502, 503])('asks again after status %i', async (status) => {
    const { outcomes } = await ask(json({}, status), json(answer()));
    expect(outcomes).toEqual([{ problem: 'unreachable' }, CURRENT]);
  });
});

describe('the card says', () => {
  const told = (change: object) => trustNotes({ ...CURRENT.trust, ...change }, 'en-GB');

  test('up to when figures are complete', () => {
    expect(told({})).toEqual({ upTo: 'Complete up to 27 Nov 2026, 10:00:05 UTC', missing: '' });
  });

  test('what may be missing where counting is behind', () => {
    expect(told({ isBehind: true })).toEqual({
      upTo: 'Complete up to 27 Nov 2026, 10:00:05 UTC',
      missing: 'Counting is behind: later messages may be missing, and a zero may be one not counted yet.',
    });
  });

  test('that counting has not reported yet', () => {
    expect(told({ isBehind: true, countedThrough: undefined })).toEqual({
      upTo: '',
      missing:
        'Counting has not reported yet: messages may be missing, and a zero may be one not counted yet.',
    });
  });

  test('how many messages were not counted', () => {
    expect(told({ notCounted: 3 }).missing).toBe('Messages that were not counted: 3.');
  });
});
