import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyLimit } from '../../../../functions/shared/http/key-limit.ts';
import { ROUTES } from '../../../../functions/shared/http/routes.ts';
import { usageApi } from '../../../../functions/usage-api/usage-api.ts';
import { builtDocuments } from '../../../../local/host/built-files.ts';
import { test } from '../../../support/fixture.ts';
import { call } from '../../../support/service/http-events.ts';

/** Takes so many requests of a key at an instant; gives the answers. */
function limitOf(requestsPerSecond: number, burst: number) {
  let now = 0;
  const limit = new KeyLimit({ requestsPerSecond, burst }, () => now);
  return (at: number, keyId = 'a', times = 1): number[] => {
    now = at;
    return Array.from({ length: times }, () => limit.take(keyId));
  };
}

describe('the limit of a key', () => {
  it('lets a burst through, and then as many as are regained', () => {
    const take = limitOf(2, 3);
    expect(take(0, 'a', 5)).toEqual([0, 0, 0, 500, 500]);
    expect(take(499)).toEqual([1]);
    expect(take(500, 'a', 2)).toEqual([0, 500]);
    expect(take(60_000, 'a', 4)).toEqual([0, 0, 0, 500]);
  });

  it('is of each key alone', () => {
    const take = limitOf(1, 1);
    expect([take(0, 'a'), take(0, 'a'), take(0, 'b')]).toEqual([[0], [1_000], [0]]);
  });

  it('gives nothing for a clock that goes back', () => {
    const take = limitOf(1, 1);
    expect([take(5_000), take(0), take(1_000)]).toEqual([[0], [1_000], [0]]);
  });

  it('never lets more through than the burst and what is regained, and waits as long as it says', () => {
    const attempts = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        attempts,
        (rate, burst, gaps) => {
          const take = limitOf(rate, burst);
          let now = 0;
          let passed = 0;
          for (const gap of gaps) {
            now += gap;
            const [afterMs = 0] = take(now);
            if (afterMs === 0) passed += 1;
            expect(passed).toBeLessThanOrEqual(burst + (now * rate) / 1_000 + 1e-6);
            if (afterMs === 0) continue;
            now += afterMs;
            expect(take(now)).toEqual([0]);
            passed += 1;
          }
        },
      ),
    );
  });
});

test('a key that asks too much is told when to come back, and no other key is', async ({ service, key }) => {
  const limited = {
    ...service,
    settings: { ...service.settings, keyLimit: { requestsPerSecond: 1, burst: 2 } },
  };
  const api = usageApi(limited, builtDocuments());
  const ask = () => call(api, { route: ROUTES.getChannelStats, key });
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
  const { status, headers, body } = await ask();
  expect([status, headers['retry-after']]).toEqual([429, '1']);
  expect(body).toMatchObject({ error: { code: 'too_many_requests', status: 429 } });
  service.setClock(new Date(service.clock() + 1_000).toISOString());
  expect((await ask()).status).toBe(200);
});

test('whoever has no valid key takes nothing from the one whose id is tried', async ({ service, key }) => {
  const limited = {
    ...service,
    settings: { ...service.settings, keyLimit: { requestsPerSecond: 1, burst: 1 } },
  };
  const api = usageApi(limited, builtDocuments());
  const forged = `${key.slice(0, -1)}${key.endsWith('x') ? 'y' : 'x'}`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    expect((await call(api, { route: ROUTES.getChannelStats, key: forged })).status).toBe(401);
  }
  expect((await call(api, { route: ROUTES.getChannelStats, key })).status).toBe(200);
});

test('where nothing is set, there is no limit', async ({ service, key }) => {
  const api = usageApi(service, builtDocuments());
  const statuses = [];
  for (let request = 0; request < 150; request += 1) {
    statuses.push((await call(api, { route: ROUTES.getChannelStats, key })).status);
  }
  expect(new Set(statuses)).toEqual(new Set([200]));
});
