import { createHmac } from 'node:crypto';
import { describe, expect } from 'vitest';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { proofAnswer } from '../../../functions/shared/domain/proof.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { DailyCounterStore } from '../../../functions/shared/store/daily-counter-store.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { fingerprintsAnswer } from '../../../functions/usage-api/get-proof-fingerprints.ts';
import { proofKeyAnswer } from '../../../functions/usage-api/get-proof-key.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call } from '../../support/service/http-events.ts';

const PEER = 'peer_123';

const test = fixture
  .extend('proofKey', ({ service, key }) => async (peerId = PEER): Promise<string> => {
    const { body } = await call(service.usageApi, { route: ROUTES.getProofKey, key, peerId });
    return proofKeyAnswer.parse(body).key ?? '';
  })
  .extend('proof', ({ service, key }) => async (query: string, peerId = PEER) => {
    const { status, body } = await call(service.usageApi, { route: ROUTES.getProof, key, peerId, query });
    expect([status, body]).toEqual([200, expect.anything()]);
    return proofAnswer.parse(body);
  })
  .extend('page', ({ service, key }) => async (query: string) => {
    const route = ROUTES.getProofFingerprints;
    const { body } = await call(service.usageApi, { route, key, peerId: PEER, query });
    return fingerprintsAnswer.parse(body);
  })
  .extend('seal', ({ service }) => async (): Promise<void> => {
    const scheduledAt = new Date(service.clock()).toISOString();
    await takeDailySnapshot(service)({ scheduledAt }, () => false);
  });

function message(day: string, messageId: string, channelId = 'direct'): UserMessage {
  const sentAt = Date.parse(`${day}T09:00:00.000Z`);
  return { peerId: PEER, channelId, conversationId: `conversation of ${messageId}`, messageId, sentAt };
}

/** As whoever has the ids computes it: nothing of the service has a part in it. */
function hashOf(key: string, { conversationId, messageId }: UserMessage): bigint {
  const hash = createHmac('sha256', Buffer.from(key, 'hex')).update(`${conversationId}\n${messageId}`);
  return BigInt(`0x${hash.digest('hex').slice(0, 32)}`);
}

function digestOf(key: string, messages: readonly UserMessage[]): string {
  const sum = messages.reduce((all, one) => all + hashOf(key, one), 0n);
  return BigInt.asUintN(128, sum).toString(16).padStart(32, '0');
}

function entry(key: string, messages: readonly UserMessage[]) {
  const [{ channelId } = { channelId: '' }] = messages;
  const counts = { messageCount: messages.length, conversationCount: messages.length };
  return { channelId, ...counts, digest: digestOf(key, messages) };
}

describe('a proof', () => {
  const TODAY = [message('2026-11-22', 'm1'), message('2026-11-22', 'm2')];
  const OTHER = [message('2026-11-22', 'm3', 'slack')];
  const YESTERDAY = [message('2026-11-21', 'm0')];

  test('has the digest of every channel and day, whatever is sealed', async ({
    service,
    proof,
    proofKey,
    seal,
  }) => {
    await service.count([...TODAY, ...OTHER, ...YESTERDAY]);
    await service.count([...TODAY, ...YESTERDAY]);
    await service.setStatus(PEER, 'slack', 'removed');
    const key = await proofKey();
    const expected = {
      query: { peerId: PEER, from: '2026-11-20', to: '2026-11-22', timezone: 'UTC' },
      days: [
        { day: '2026-11-20', channels: [] },
        { day: '2026-11-21', channels: [entry(key, YESTERDAY)] },
        { day: '2026-11-22', channels: [entry(key, TODAY), entry(key, OTHER)] },
      ],
      months: [],
    };
    expect(await proof('from=2026-11-20')).toEqual(expected);
    await seal();
    expect(await proof('from=2026-11-20')).toEqual(expected);
  });

  test('has whole months once evidence may be gone, waiting and late messages too', async ({
    service,
    proof,
    proofKey,
    seal,
  }) => {
    const first = [message('2025-10-05', 'a'), message('2025-10-31', 'b')];
    await service.count(first);
    const key = await proofKey();
    const month = async (query: string) => (await proof(query)).months;
    const query = 'from=2025-10-01&to=2025-11-30';
    expect(await month(query)).toEqual([
      { month: '2025-10', channels: [entry(key, first)] },
      { month: '2025-11', channels: [] },
    ]);
    await seal();
    const late = [...first, message('2025-10-05', 'c')];
    await service.count(late);
    expect(await month(query)).toEqual([
      { month: '2025-10', channels: [entry(key, late)] },
      { month: '2025-11', channels: [] },
    ]);
    expect(await month('from=2025-10-02&to=2025-11-29')).toEqual([]);
  });

  test('of days adds up to that of their month', async ({ service, proof, proofKey, seal }) => {
    const all = ['2025-11-17', '2025-11-18', '2025-11-30'].map((day) => message(day, day));
    await service.count(all);
    await seal();
    const key = await proofKey();
    const { days, months } = await proof('from=2025-11-01&to=2025-11-30');
    expect(months).toEqual([{ month: '2025-11', channels: [entry(key, all)] }]);
    // The first day of which there is evidence for sure is the 17th.
    expect(days.map(({ day }) => day).slice(0, 2)).toEqual(['2025-11-17', '2025-11-18']);
    const digests = days.flatMap(({ channels }) => channels.flatMap(({ digest }) => digest ?? []));
    const sum = digests.reduce((one, digest) => one + BigInt(`0x${digest}`), 0n);
    expect(BigInt.asUintN(128, sum).toString(16).padStart(32, '0')).toBe(months[0]?.channels[0]?.digest);
  });

  test('says of a digest that nobody can tell that it is unknown, never another one', async ({
    service,
    table,
    proof,
  }) => {
    await service.count(TODAY);
    const counters = new DailyCounterStore(table);
    const place = { peerId: PEER, channelId: 'direct', channelNumber: 1, day: '2026-11-22' };
    const counter = await counters.read(place);
    await counters.apply({ counter: { ...counter, digest: undefined, version: counter.version + 1 } });
    await service.count([message('2026-11-22', 'later')]);
    const { days } = await proof('from=2026-11-22');
    expect(days[0]?.channels).toEqual([
      { channelId: 'direct', messageCount: 3, conversationCount: 3, digest: null },
    ]);
  });

  test.for([
    ['from=2026-11-23', 'from must not be after today where to is left out'],
    ['from=1990-01-01', /at most 400 days and as many months/],
    ['to=2029-11-22&from=2026-11-22', /at most 400 days and as many months/],
  ] as const)('of %s is refused', async ([query, message], { service, key }) => {
    const { status, body } = await call(service.usageApi, { route: ROUTES.getProof, key, query });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toMatch(message);
  });
});

describe('fingerprints', () => {
  const DAY = 'channelId=direct&day=2026-11-22';

  test('of all pages are those of the counted messages, each of which adds to the digest', async ({
    service,
    proof,
    proofKey,
    page,
  }) => {
    const rules = { windowCapacity: 2, fingerprintsPerWindow: 3, windowsTogether: 12 };
    const counter = await buildCounter(service, rules);
    const messages = Array.from({ length: 40 }, (_, index) => message('2026-11-22', `m${index}`));
    for (const one of messages) await counter.count([one]);
    const key = await proofKey();
    const pages = [await page(DAY)];
    for (let cursor = pages[0]?.cursor; typeof cursor === 'string'; cursor = pages.at(-1)?.cursor) {
      pages.push(await page(`${DAY}&cursor=${cursor}`));
    }
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.map(({ evidence }) => evidence)).toEqual(pages.map(() => 'kept'));
    const found = pages.flatMap(({ fingerprints }) => fingerprints);
    const expected = messages.map((one) => hashOf(key, one).toString(16).padStart(32, '0').slice(16));
    expect([...new Set(found)].sort()).toEqual(expected.sort());
    const { days } = await proof('from=2026-11-22');
    expect(days[0]?.channels).toEqual([entry(key, messages)]);
  });

  test('of a day on which nothing is counted are none, which says why', async ({ page }) => {
    expect(await page(DAY)).toMatchObject({ evidence: 'none', fingerprints: [], cursor: null });
    expect(await page('channelId=direct&day=2020-11-22')).toMatchObject({ evidence: 'expired' });
  });

  test.for(['nonsense', 'channelId=direct', 'day=2026-11-22', `${DAY}&cursor=AAAAAAAAAAAx`])(
    'are not listed for %s',
    async (query, { service, key }) => {
      const { status } = await call(service.usageApi, { route: ROUTES.getProofFingerprints, key, query });
      expect(status).toBe(400);
    },
  );
});

describe('a proof key', () => {
  test('is another one for every peer, and none where nothing was counted', async ({ service, proofKey }) => {
    expect(await proofKey()).toBe('');
    await service.count([message('2026-11-22', 'm'), { ...message('2026-11-22', 'm'), peerId: 'other' }]);
    expect(await proofKey()).toMatch(/^[0-9a-f]{64}$/);
    expect(await proofKey('other')).not.toBe(await proofKey());
  });

  test.for([ROUTES.getProofKey, ROUTES.getProofFingerprints])(
    'and what is hashed with it needs a scope of its own: $path',
    async (route, { service }) => {
      const scopes = ['stats:read', 'messages:read', 'messages:write', 'channels:write'] as const;
      const key = await service.addKey('reader', { scopes });
      const query = route === ROUTES.getProofKey ? '' : 'channelId=direct&day=2026-11-22';
      expect((await call(service.usageApi, { route, key, query })).status).toBe(403);
      const other = await service.addKey('other', { scopes: ['proof:read'], peers: ['other'] });
      expect((await call(service.usageApi, { route, key: other, query })).status).toBe(403);
    },
  );
});
