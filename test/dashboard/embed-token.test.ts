import { expect, test } from 'vitest';
import { tokenFetch } from '../../dashboard/embed/token-fetch.ts';
import { usageAddress } from '../../dashboard/embed/usage-address.ts';

const PAGE = 'https://shop.example/support/page.html';
const SCRIPT = 'https://usage.example.com/prod/channel-usage.js';
const TOKENS = 'https://shop.example/usage-token?peer=p';
const API = 'https://usage.example.com/api/v1/peer/p/channel-stats';
const ADDRESS = `${API}#${encodeURIComponent(TOKENS)}`;
const START = Date.parse('2026-11-22T10:00:00Z');

interface Asked {
  url: string;
  authorization: string | null;
  credentials: RequestInit['credentials'] | undefined;
}

/** A page whose server gives numbered tokens for 15 minutes, of which the API takes some. */
function page({
  takes = (_token: string): boolean => true,
  give = (_number: number): Response | undefined => undefined,
} = {}) {
  const asked: Asked[] = [];
  let now = START;
  let given = 0;
  const send: typeof fetch = async (input, init) => {
    const url = String(input);
    const authorization = new Headers(init?.headers).get('authorization');
    asked.push({ url, authorization, credentials: init?.credentials });
    if (url === TOKENS) {
      given += 1;
      const token = { token: `token-${given}`, expiresAt: new Date(now + 900_000).toISOString() };
      return give(given) ?? Response.json(token);
    }
    return new Response('{}', { status: takes(authorization?.slice('Bearer '.length) ?? '') ? 200 : 401 });
  };
  const ask = async () => (await tokenFetch_(ADDRESS, { credentials: 'same-origin' })).status;
  const tokenFetch_ = tokenFetch(send, () => now);
  return {
    asked,
    ask,
    fetch: tokenFetch_,
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

test('a token is asked for with the cookies of the page, and goes to the API without them', async () => {
  const { asked, ask } = page();
  expect(await ask()).toBe(200);
  expect(asked).toEqual([
    { url: TOKENS, authorization: null, credentials: 'same-origin' },
    { url: API, authorization: 'Bearer token-1', credentials: 'omit' },
  ]);
});

test('all ask with one token, which is renewed before it ends', async () => {
  const { asked, ask, wait } = page();
  await Promise.all([ask(), ask(), ask()]);
  wait(869_999);
  await ask();
  expect(asked.filter(({ url }) => url === TOKENS)).toHaveLength(1);
  wait(1);
  await Promise.all([ask(), ask()]);
  expect(asked.filter(({ url }) => url === TOKENS)).toHaveLength(2);
  expect(asked.at(-1)?.authorization).toBe('Bearer token-2');
});

test('one that is refused is renewed once, and then the refusal is the answer', async () => {
  const renewed = page({ takes: (token) => token === 'token-2' });
  expect(await renewed.ask()).toBe(200);
  const refused = page({ takes: () => false });
  expect(await refused.ask()).toBe(401);
  expect(refused.asked).toHaveLength(4);
});

test.each<[string, Response, number]>([
  ['says that the reader may not', new Response('', { status: 403 }), 403],
  ['is busy', new Response('', { status: 503 }), 503],
  ['answers with anything else', Response.json({ token: 'a' }), 404],
  ['answers with a page', new Response('<html>'), 404],
])(
  'where the server of the page %s, that is the answer, and it is asked again',
  async (_title, answer, status) => {
    const { asked, ask } = page({ give: (number) => (number === 1 ? answer : undefined) });
    expect(await ask()).toBe(status);
    expect(asked).toHaveLength(1);
    expect(await ask()).toBe(200);
  },
);

test('a server that cannot be reached is asked again', async () => {
  let attempts = 0;
  const fetch = tokenFetch(
    async (input) => {
      attempts += 1;
      if (attempts === 1) throw new TypeError('Failed to fetch');
      return String(input) === TOKENS
        ? Response.json({ token: 't', expiresAt: new Date(START + 900_000).toISOString() })
        : new Response('{}');
    },
    () => START,
  );
  await expect(fetch(ADDRESS)).rejects.toThrow('Failed to fetch');
  expect((await fetch(ADDRESS)).status).toBe(200);
});

test('without a token the page is asked as it was before', async () => {
  const { asked, fetch } = page();
  await fetch(API, { credentials: 'same-origin' });
  expect(asked).toEqual([{ url: API, authorization: null, credentials: 'same-origin' }]);
});

test('the API is where the script came from, or where src says', () => {
  const attributes = { peer: 'p', src: null, tokenSrc: '/usage-token?peer=p', from: null, to: null };
  const address = (src: string | null, script?: string) => {
    const made = usageAddress({ ...attributes, src }, PAGE, script);
    return 'url' in made ? made.url.href.replace('?include=percentage', '') : made.mistake;
  };
  const hash = `#${encodeURIComponent(TOKENS)}`;
  expect(address(null, SCRIPT)).toBe(`https://usage.example.com/prod/api/v1/peer/p/channel-stats${hash}`);
  expect(address('https://usage.example.com/api/v1', SCRIPT)).toBe(ADDRESS);
  expect(address(null)).toBe('The attribute src is missing.');
  const made = usageAddress({ ...attributes, tokenSrc: 'http://', src: '/usage' }, PAGE);
  expect(made).toEqual({ mistake: 'The attribute token-src is not an address.' });
});
