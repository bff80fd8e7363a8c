import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { described } from '../../../../functions/shared/domain/described.ts';
import { InvalidRequestError } from '../../../../functions/shared/http/api-errors.ts';
import { operation } from '../../../../functions/shared/http/operation.ts';
import { decodeQuery } from '../../../../functions/shared/http/request-parsing.ts';

/** A request of a peer, whose parts are as they are given. */
function requestOf({ path = {}, query = '', json = () => undefined as unknown } = {}) {
  const key = {
    keyId: 'k1',
    secretHash: new Uint8Array(32),
    scopes: [],
    peers: 'all' as const,
    createdAt: 0,
  };
  return { requestId: 'r1', caller: { key, peerId: 'p1' }, path, query: decodeQuery(query), json };
}

function digit(name: string) {
  return z.pipe(z.string().check(z.regex(/^\d$/, `${name} must be a digit`)), z.transform(Number));
}

const WORDS = { tag: 'Channels', summary: 'Set', description: 'Sets.' } as const;

/** An operation with all parts, which answers with what it gets. */
const setChannel = operation('setChannel', {
  ...WORDS,
  path: z.object({ channelId: digit('channelId') }),
  query: z.object({ times: z.optional(digit('times')) }),
  body: { description: 'A body.', schema: z.object({ n: z.int('n must be whole') }), examples: {} },
  answer: { description: 'An answer.', schema: z.object({ got: z.unknown(), now: z.int() }) },

  async handle({ requestId, peerId, path, query, body }, { clock }: { clock: () => number }) {
    return { got: { requestId, peerId, path, query, body }, now: clock() };
  },
});

test('a handler gets the parts of a request as the schemas make them, and what it works with', async () => {
  const request = requestOf({
    path: { channelId: '1' },
    query: 'times=2',
    json: () => ({ n: 4, m: 5 }),
  });
  expect(await setChannel.answer(request, { clock: () => 6 })).toEqual({
    got: { requestId: 'r1', peerId: 'p1', path: { channelId: 1 }, query: { times: 2 }, body: { n: 4 } },
    now: 6,
  });
});

test('parts without a schema are empty, and the body is not looked at', async () => {
  const { answer } = operation('listChannels', {
    ...WORDS,
    answer: { description: 'An answer.', schema: z.object({ got: z.unknown() }) },
    handle: async ({ path, query, body }) => ({ got: { path, query, body } }),
  });
  const json = () => {
    throw new Error('the body was looked at');
  };
  const request = requestOf({ path: { peerId: 'p1' }, json });
  expect(await answer(request, undefined)).toEqual({ got: { path: {}, query: {}, body: undefined } });
});

test.each([
  ['the path', { path: { channelId: 'x' }, query: 'times=x', json: () => ({}) }, 'channelId must be a digit'],
  ['the query', { path: { channelId: '1' }, query: 'times=x', json: () => ({}) }, 'times must be a digit'],
  [
    'a parameter that is none',
    { path: { channelId: '1' }, query: 'other=3', json: () => ({}) },
    'other is not a query parameter of this operation: there are times',
  ],
  ['the body', { path: { channelId: '1' }, json: () => ({}) }, 'n must be whole'],
])(
  'what is wrong is told of %s before what comes after it, and no handler is asked',
  async (_what, parts, message) => {
    const clock = () => {
      throw new Error('the handler was asked');
    };
    await expect(async () => setChannel.answer(requestOf(parts), { clock })).rejects.toThrow(
      new InvalidRequestError([{ path: message.split(' ')[0] ?? '', message }]),
    );
  },
);

test('who may send it is what its route says', () => {
  expect([setChannel.name, setChannel.access]).toEqual(['setChannel', 'peer']);
});

test('words that are added leave the others', () => {
  const schema = described(described(z.string(), 'One.'), { override: { minLength: 1 } });
  expect(z.globalRegistry.get(schema)).toEqual({ description: 'One.', override: { minLength: 1 } });
});
