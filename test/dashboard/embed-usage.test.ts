import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { askForUsage } from '../../dashboard/embed/ask-for-usage.ts';
import { parseChannelUsage } from '../../dashboard/embed/channel-usage-answer.ts';
import { usageAddress } from '../../dashboard/embed/usage-address.ts';
import { channelStatsAnswer, channelStatsEntry } from '../../functions/shared/domain/channel-stats.ts';

const PAGE = 'https://shop.example/support/page.html';
const USAGE_URL = new URL('https://shop.example/usage/peer/peer_123/channel-stats?include=percentage');
const ANSWER = {
  channels: [
    {
      channelId: 'integration_123',
      channelName: 'WebChat',
      galleryKey: 'webchat',
      conversationCount: 485,
      messageCount: 8245,
      percentage: 97.7,
    },
    {
      channelId: 'direct',
      channelName: 'Direct/Web',
      conversationCount: 12,
      messageCount: 195,
      percentage: 2.3,
    },
  ],
  total: { conversationCount: 497, messageCount: 8440 },
};

/** What the contract allows, where shares were asked for. */
const sharedStatsAnswer = z.object({
  channels: z.array(z.required(channelStatsEntry, { percentage: true })),
  total: channelStatsAnswer.shape.total,
});

const channels = fc.record(
  {
    channelId: fc.string(),
    channelName: fc.string(),
    galleryKey: fc.string(),
    conversationCount: fc.nat(),
    messageCount: fc.nat(),
    percentage: fc.double({ min: 0, max: 100, noNaN: true }),
  },
  {
    requiredKeys: ['channelId', 'channelName', 'conversationCount', 'messageCount', 'percentage'],
    noNullPrototype: true,
  },
);
const answers = fc.record({
  channels: fc.array(channels),
  total: fc.record({ conversationCount: fc.nat(), messageCount: fc.nat() }, { noNullPrototype: true }),
});
/** What a field may hold instead; nothing stands for a field that is not there. */
const damages = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom(-1, 0.5, 100.1, 2 ** 53, '1', null, undefined),
);
const damagedAnswers = fc
  .record({
    answer: answers,
    channel: channels,
    place: fc.constantFrom('answer', 'total', 'channel'),
    field: fc.nat(),
    damage: damages,
  })
  .map(({ answer, channel, place, field, damage }) => {
    const damaged = (record: object) => {
      const names = Object.keys(record);
      return { ...record, [names[field % names.length] ?? '']: damage };
    };
    const { total } = answer;
    const whole = { total, channels: [...answer.channels, channel] };
    if (place === 'answer') return damaged(whole);
    if (place === 'total') return { ...whole, total: damaged(total) };
    return { ...whole, channels: [...answer.channels, damaged(channel)] };
  });

/** A proxy that answers as it is told, and what it was asked. */
function proxy(answer: () => Response) {
  const requests: Parameters<typeof fetch>[] = [];
  const send: typeof fetch = async (...request) => {
    requests.push(request);
    return answer();
  };
  return { requests, send };
}

/** The address for some attributes, as a text; or what is wrong with them. */
function addressOf(attributes: { peer?: string; src?: string; from?: string; to?: string }): string {
  const address = usageAddress(
    { peer: null, src: null, tokenSrc: null, from: null, to: null, ...attributes },
    PAGE,
  );
  return 'url' in address ? address.url.href : address.mistake;
}

describe('the address that figures are asked for', () => {
  test.each([
    ['/usage', 'https://shop.example/usage/peer/peer_123/channel-stats?include=percentage'],
    ['/usage/', 'https://shop.example/usage/peer/peer_123/channel-stats?include=percentage'],
    ['usage', 'https://shop.example/support/usage/peer/peer_123/channel-stats?include=percentage'],
    ['/', 'https://shop.example/peer/peer_123/channel-stats?include=percentage'],
    ['//other.example/u', 'https://other.example/u/peer/peer_123/channel-stats?include=percentage'],
    ['/u?site=7', 'https://shop.example/u/peer/peer_123/channel-stats?site=7&include=percentage'],
  ])('is made from src: %s', (src, expected) => {
    expect(addressOf({ peer: 'peer_123', src })).toBe(expected);
  });

  test('holds a peer id whatever is in it', () => {
    expect(addressOf({ peer: 'a/b?c=d&e#f é', src: '/usage' })).toBe(
      'https://shop.example/usage/peer/a%2Fb%3Fc%3Dd%26e%23f%20%C3%A9/channel-stats?include=percentage',
    );
  });

  test.each([
    [{ from: '2026-11-01', to: '2026-11-15' }, 'from=2026-11-01&to=2026-11-15'],
    [{ from: '2026-11-01' }, 'from=2026-11-01'],
    [{ to: '2026-11-15' }, 'to=2026-11-15'],
    [{ from: '2026-11-15', to: '2026-11-15' }, 'from=2026-11-15&to=2026-11-15'],
  ])('restricts the figures to a range: %o', (range, expected) => {
    expect(addressOf({ peer: 'peer_123', src: '/usage', ...range })).toBe(
      `https://shop.example/usage/peer/peer_123/channel-stats?include=percentage&${expected}`,
    );
  });

  test.each([
    [{}, 'The attributes peer and src are missing.'],
    [{ peer: '', src: '' }, 'The attributes peer and src are missing.'],
    [{ src: '/usage' }, 'The attribute peer is missing.'],
    [{ peer: 'peer_123' }, 'The attribute src is missing.'],
    [{ peer: 'peer_123', src: 'http://' }, 'The attribute src is not an address.'],
    [
      { peer: 'peer_123', src: '/usage', from: '2026-02-29' },
      'The attribute from must be a day, such as 2026-11-22.',
    ],
    [{ peer: 'peer_123', src: '/usage', to: 'today' }, 'The attribute to must be a day, such as 2026-11-22.'],
    [
      { peer: 'peer_123', src: '/usage', from: '2026-11-16', to: '2026-11-15' },
      'The attribute from must not be after to.',
    ],
  ])('is refused where attributes are wrong: %o', (attributes, mistake) => {
    expect(addressOf(attributes)).toBe(mistake);
  });
});

describe('an answer', () => {
  test('is read', () => {
    expect(parseChannelUsage(JSON.stringify(ANSWER))).toEqual(ANSWER);
  });

  test('is read without what nobody asked for', () => {
    const more = { ...ANSWER, asOf: 'now', channels: ANSWER.channels.map((one) => ({ ...one, more: 1 })) };
    expect(parseChannelUsage(JSON.stringify(more))).toEqual(ANSWER);
  });

  test.each(['', '<!doctype html>', 'null', '[]', '{}', '{"channels":[]}', '{"channels":{},"total":{}}'])(
    'is refused where it is something else: %s',
    (text) => {
      expect(parseChannelUsage(text)).toBeUndefined();
    },
  );

  test('is refused without shares, as where a proxy does not pass the query on', () => {
    const withoutShares = ANSWER.channels.map(({ percentage, ...channel }) => channel);
    expect(parseChannelUsage(JSON.stringify({ ...ANSWER, channels: withoutShares }))).toBeUndefined();
  });

  test('is read exactly where the contract allows it', () => {
    fc.assert(
      fc.property(fc.oneof(answers, damagedAnswers), (answer) => {
        const text = JSON.stringify(answer);
        const allowed = z.safeParse(sharedStatsAnswer, JSON.parse(text));
        expect(parseChannelUsage(text)).toEqual(allowed.data);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('asking a proxy', () => {
  test('sends the cookies of the page, and keeps no copy', async () => {
    const { requests, send } = proxy(() => Response.json(ANSWER));
    const signal = new AbortController().signal;
    expect(await askForUsage(USAGE_URL, send, signal)).toEqual({ usage: ANSWER });
    expect(requests).toEqual([[USAGE_URL, { credentials: 'same-origin', cache: 'no-store', signal }]]);
  });

  test.each([
    [401, 'not-allowed'],
    [403, 'not-allowed'],
    [429, 'unreachable'],
    [500, 'unreachable'],
    [502, 'unreachable'],
    [503, 'unreachable'],
    [400, 'unexpected-answer'],
    [404, 'unexpected-answer'],
    [202, 'unexpected-answer'],
  ])('%i: %s', async (status, problem) => {
    const { send } = proxy(() => Response.json(ANSWER, { status }));
    expect(await askForUsage(USAGE_URL, send, new AbortController().signal)).toEqual({ problem });
  });

  test('tells an answer that holds something else', async () => {
    const { send } = proxy(() => new Response('<!doctype html><title>Sign in</title>'));
    expect(await askForUsage(USAGE_URL, send, new AbortController().signal)).toEqual({
      problem: 'unexpected-answer',
    });
  });

  test('tells that there is no connection', async () => {
    const { send } = proxy(() => {
      throw new TypeError('Failed to fetch');
    });
    expect(await askForUsage(USAGE_URL, send, new AbortController().signal)).toEqual({
      problem: 'unreachable',
    });
  });

  test('tells that an answer broke off', async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new TypeError('network error'));
      },
    });
    const { send } = proxy(() => new Response(body));
    expect(await askForUsage(USAGE_URL, send, new AbortController().signal)).toEqual({
      problem: 'unreachable',
    });
  });
});
