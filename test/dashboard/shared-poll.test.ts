import { environmentManager, focusManager, type QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { apiClient } from '../../dashboard/src/api/api-client.ts';
import type { OtherPages } from '../../dashboard/src/api/other-pages.ts';
import { allTimeQuery } from '../../dashboard/src/api/queries.ts';
import { queryClient } from '../../dashboard/src/api/query-client.ts';
import { problemOf } from '../../dashboard/src/api/query-state.ts';
import { SharedPoll } from '../../dashboard/src/api/shared-poll.ts';
import { type ChannelStats, channelStatsAnswer } from '../../functions/shared/domain/channel-stats.ts';

// Pages of one browser, on a clock that the tests turn.

const MINUTE_MS = 60_000;
const wasServer = environmentManager.isServer();

let open: Page[] = [];
/** Those that hear one another, as they have the same key. */
let readers: Set<(message: unknown) => void>;

beforeEach(() => {
  vi.useFakeTimers();
  // Outside of a browser, queries are asked once.
  environmentManager.setIsServer(() => false);
  readers = new Set();
});
afterEach(() => {
  for (const page of open) page.close();
  open = [];
  environmentManager.setIsServer(() => wasServer);
  focusManager.setFocused(undefined);
  vi.useRealTimers();
});

interface Page {
  /** Turns to the page, or away from it. */
  setHidden(isHidden: boolean): void;
  poll: SharedPoll;
  client: QueryClient;
  /** When it asked the service, in milliseconds since the test began. */
  asked: number[];
  /** How many messages it shows, and why there are no newer ones. */
  shown(): { messages: number | undefined; problem: string | undefined };
  close(): void;
}

/** Answers a question, the time of which is given in milliseconds since the test began. */
type Service = (askedAt: number) => Response | Promise<Response>;

interface PageStart {
  service: Service;
  spread?: number;
  peerId?: string;
  others?: Promise<OtherPages | undefined>;
}

/** Opens a page that looks at a peer. */
function openPage({ service, spread = 0.5, peerId = 'peer_1', others }: PageStart): Page {
  const asked: number[] = [];
  let isHidden = false;
  const client = queryClient({ onRefused: () => {}, random: () => 0 });
  const poll = new SharedPoll({ client, clock: () => Date.now(), spread, isHidden: () => isHidden });
  const api = apiClient({
    key: 'cua_1_2',
    fetch: async (_address, init) => {
      asked.push(now());
      const answer = await service(now());
      init?.signal?.throwIfAborted();
      return answer;
    },
    timeLimit: () => new AbortController().signal,
  });
  const stopSharing = poll.share(others ?? Promise.resolve(pagesOfOneBrowser()));
  client.mount();
  const { observer, stop } = look(client, api, poll, peerId);
  const page: Page = {
    poll,
    client,
    asked,
    setHidden: (hidden) => {
      isHidden = hidden;
      if (!hidden) poll.isSeen();
      focusManager.setFocused(!hidden);
    },
    shown: () => {
      const result = observer.getCurrentResult();
      return { messages: result.data?.total.messageCount, problem: problemOf(result)?.kind };
    },
    close: () => {
      stop();
      stopSharing();
      client.clear();
      client.unmount();
    },
  };
  open.push(page);
  return page;
}

function look(client: QueryClient, api: ReturnType<typeof apiClient>, poll: SharedPoll, peerId: string) {
  const observer = new QueryObserver(client, allTimeQuery(api, poll, peerId));
  return { observer, stop: observer.subscribe(() => {}) };
}

function pagesOfOneBrowser(): OtherPages {
  let own: ((message: unknown) => void) | undefined;
  return {
    tell: (message) => {
      for (const hear of readers) if (hear !== own) hear(structuredClone(message));
    },
    onTold: (hear) => {
      own = hear;
      readers.add(hear);
    },
    close: () => {
      if (own !== undefined) readers.delete(own);
    },
  };
}

let began = 0;
beforeEach(() => {
  began = Date.now();
});
function now(): number {
  return Date.now() - began;
}

function pass(milliseconds: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(milliseconds);
}

function stats(messageCount: number): ChannelStats {
  return z.parse(channelStatsAnswer, { channels: [], total: { conversationCount: 1, messageCount } });
}

function figures(messageCount: number): Response {
  return Response.json(stats(messageCount));
}

async function later(answer: Response, milliseconds: number): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return answer;
}

/** A service that takes its time, and always has new figures. */
const busy: Service = (askedAt) => later(figures(askedAt), 200);
const quiet: Service = () => later(figures(5), 200);
const failing: Service = () => new Response('', { status: 500 });

/** Another page, of which only what it tells matters. */
function tell(message: unknown): void {
  for (const hear of readers) hear(message);
}

describe('pages that look at the same peer', () => {
  test.each([2, 3, 20])('are %d, and ask as often as one', async (pages) => {
    const alone = openPage({ service: busy, others: Promise.resolve(undefined) });
    const together = Array.from({ length: pages }, (_, index) =>
      openPage({ service: busy, spread: index / pages }),
    );
    await pass(5_000);
    const before = together.flatMap(({ asked }) => asked).length;
    const beforeAlone = alone.asked.length;
    await pass(MINUTE_MS);
    const all = together.flatMap(({ asked }) => asked).length - before;
    const one = alone.asked.length - beforeAlone;
    expect(one).toBeGreaterThanOrEqual(20);
    expect(Math.abs(all - one)).toBeLessThanOrEqual(2);
    expect(new Set(together.map((page) => page.shown().messages)).size).toBe(1);
  });

  test('go on when the one that asks fails or is closed', async () => {
    let isBroken = false;
    const first = openPage({ service: (at) => (isBroken ? failing(at) : busy(at)) });
    await pass(100);
    const other = openPage({ service: busy, spread: 0.9 });
    await pass(20_000);
    isBroken = true;
    await pass(10_000);
    expect(now() - (other.shown().messages ?? 0)).toBeLessThan(5_000);
    // It shows what the other one got, and not that its own question failed.
    expect(first.shown()).toEqual({ messages: other.shown().messages, problem: undefined });

    other.close();
    isBroken = false;
    await pass(10_000);
    expect(now() - (first.shown().messages ?? 0)).toBeLessThan(5_000);
  });

  test('ask for themselves where they look at different peers', async () => {
    const one = openPage({ service: busy });
    const other = openPage({ service: quiet, peerId: 'peer_2' });
    await pass(MINUTE_MS / 2);
    expect(other.shown().messages).toBe(5);
    expect([one.asked.length > 8, other.asked.length > 8]).toEqual([true, true]);
  });

  test('ask no more once they are closed, and tell nothing', async () => {
    const heard: unknown[] = [];
    readers.add((message) => heard.push(message));
    const page = openPage({ service: busy });
    await pass(1_000);
    expect(heard).toEqual([{ peerId: 'peer_1', askedAt: began, answer: stats(0) }]);
    page.close();
    await pass(MINUTE_MS);
    expect([page.asked.length, heard.length]).toEqual([1, 1]);
  });

  test('share nothing after an end that came before there was a way', async () => {
    const found = Promise.withResolvers<OtherPages>();
    const page = openPage({ service: busy, others: found.promise });
    page.close();
    const close = vi.fn<() => void>();
    found.resolve({ ...pagesOfOneBrowser(), close });
    await pass(0);
    expect([close.mock.calls.length, readers.size]).toEqual([1, 0]);
  });
});

describe('an answer of another page', () => {
  test.each([
    ['is older than what is shown', -1, 5],
    ['is of the same moment', 0, 5],
    ['is newer', 1, 9],
  ])('that %s', async (_age, later, expected) => {
    const page = openPage({ service: () => figures(5) });
    await pass(1_000);
    tell({ peerId: 'peer_1', askedAt: began + later, answer: stats(9) });
    expect(page.shown().messages).toBe(expected);
  });

  test('is not replaced by that of an older question that comes later', async () => {
    const page = openPage({ service: () => later(figures(5), 2_000) });
    await pass(1_000);
    tell({ peerId: 'peer_1', askedAt: began + 500, answer: stats(9) });
    await pass(1_500);
    expect(page.shown().messages).toBe(9);
  });

  test('does not come before that of a newer question of the page', async () => {
    const page = openPage({ service: (at) => (at === 0 ? figures(5) : later(figures(6), 2_000)) });
    await pass(4_000);
    expect(page.asked).toEqual([0, 2_750]);
    tell({ peerId: 'peer_1', askedAt: began + 2_000, answer: stats(9) });
    expect(page.shown().messages).toBe(5);
    await pass(1_000);
    expect(page.shown().messages).toBe(6);
  });

  test.each([
    ['nothing', undefined],
    ['a text', 'stats'],
    ['another form', { peerId: 'peer_1', askedAt: 9e15, answer: { channels: 5 } }],
    ['no time', { peerId: 'peer_1', answer: stats(9) }],
    ['another peer', { peerId: 'peer_2', askedAt: 9e15, answer: stats(9) }],
  ])('is not used where it is %s, and the page asks as before', async (_what, message) => {
    const page = openPage({ service: quiet });
    await pass(1_000);
    tell(message);
    expect(page.shown().messages).toBe(5);
    expect(page.client.getQueryCache().getAll().length).toBe(1);
    await pass(2_500);
    expect(page.asked).toEqual([0, 2_950]);
  });

  test('from a clock that was set back since silences nobody', async () => {
    const page = openPage({ service: busy });
    await pass(1_000);
    tell({ peerId: 'peer_1', askedAt: began + 60 * MINUTE_MS, answer: stats(9) });
    expect(page.shown().messages).toBe(9);
    await pass(10_000);
    expect(page.shown().messages).toBeGreaterThan(3_000);
  });
});

describe('a hidden page', () => {
  test('shows what others got when it is seen again, without asking', async () => {
    const page = openPage({ service: quiet });
    await pass(1_000);
    page.setHidden(true);
    await pass(MINUTE_MS);
    tell({ peerId: 'peer_1', askedAt: Date.now() - 300, answer: stats(9) });
    tell({ peerId: 'peer_1', askedAt: Date.now() - 400, answer: stats(8) });
    expect([page.shown().messages, page.asked]).toEqual([5, [0]]);
    await pass(1_000);
    page.setHidden(false);
    await pass(1_000);
    expect([page.shown().messages, page.asked]).toEqual([9, [0]]);
    await pass(3_000);
    expect(page.asked.length).toBe(2);
  });

  test('asks when it is seen again, where others got nothing for a while', async () => {
    const page = openPage({ service: quiet });
    await pass(1_000);
    page.setHidden(true);
    await pass(500);
    tell({ peerId: 'peer_1', askedAt: Date.now(), answer: stats(9) });
    await pass(MINUTE_MS);
    page.setHidden(false);
    await pass(0);
    expect([page.shown().messages, page.asked.length]).toEqual([9, 2]);
    await pass(200);
    expect(page.shown().messages).toBe(5);
  });
});

describe('the pace', () => {
  test('slows down while nothing changes, and no figures are older than ten seconds', async () => {
    const page = openPage({ service: quiet, spread: 0.999 });
    await pass(2 * MINUTE_MS);
    const before = page.asked.length;
    await pass(MINUTE_MS);
    expect(page.asked.length - before).toBeLessThanOrEqual(8);
    const gaps = page.asked.map((at, index) => at - (page.asked[index - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000);
    tell({ peerId: 'peer_1', askedAt: Date.now(), answer: stats(5) });
    const heardAt = now();
    await pass(10_000);
    expect((page.asked.at(-1) ?? 0) - heardAt).toBeGreaterThan(8_500);
  });

  test('is back at once when figures change', async () => {
    let count = 5;
    const page = openPage({ service: () => figures(count) });
    await pass(2 * MINUTE_MS);
    count = 6;
    await pass(10_000);
    expect(page.shown().messages).toBe(6);
    const before = page.asked.length;
    await pass(20_000);
    expect(page.asked.length - before).toBeGreaterThanOrEqual(7);
  });

  test('is back at once when the reader does something, which asks once', async () => {
    const page = openPage({ service: quiet });
    await pass(2 * MINUTE_MS);
    const before = page.asked.length;
    page.poll.readerActs();
    page.poll.readerActs();
    await pass(500);
    page.poll.readerActs();
    expect(page.asked.length - before).toBe(1);
    await pass(20_000);
    expect(page.asked.length - before).toBeGreaterThanOrEqual(7);
  });
});

describe('a service that wants to be left alone', () => {
  test('is asked again when the time that it names is over, whatever happens, and then goes on', async () => {
    const page = openPage({
      service: (at) =>
        at > 2_000 && at < 20_000
          ? new Response('', { status: 429, headers: { 'retry-after': '90' } })
          : figures(at),
    });
    await pass(3_000);
    expect(page.asked).toEqual([0, 2_750]);
    expect(page.shown()).toEqual({ messages: 0, problem: 'busy' });
    await pass(80_000);
    page.poll.readerActs();
    page.setHidden(true);
    page.setHidden(false);
    await pass(9_700);
    expect(page.asked).toEqual([0, 2_750]);
    await pass(60_000);
    expect(page.asked.slice(2, 4)).toEqual([92_750, 95_500]);
    expect(page.shown().problem).toBe(undefined);
  });
});
