import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { slackWebhook, standardWebhook } from '../../../functions/send-notifications/webhook-receivers.ts';
import { signingKeys } from '../../../functions/send-notifications/webhook-signature.ts';
import { notification } from '../../../functions/shared/domain/notification.ts';
import { type Answer, NoAnswerError, type Post } from '../../../functions/shared/sending/post.ts';
import { postOverHttp } from '../../../functions/shared/sending/post-over-http.ts';
import { webhookReceiver } from '../../support/sending/webhook-receiver.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const secretOf = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const [OLD, NEW, OTHER] = [secretOf(1), secretOf(2), secretOf(3)];
const POST = postOverHttp({ waiting: { deadline: () => new Promise(() => {}) }, allowLoopback: true });
const TEST = notification('0123456789abcdef', {
  type: 'test',
  timestamp: '2026-11-22T10:00:00.000Z',
  data: { message: 'Füße & <Hände>' },
});

function hook(url: string, secrets: string, post = POST) {
  return standardWebhook({ name: 'hook', url, keys: signingKeys(secrets, 'the secret') }, post);
}

function answering(answer: Partial<Answer>): Post {
  return async () => ({ status: 200, headers: {}, body: '', ...answer });
}

describe('a receiver that verifies with the published library', () => {
  test.each([
    ['knows the secret', [OLD], OLD],
    ['knows the old secret alone, while it is rotated', [OLD], `${OLD} ${NEW}`],
    ['knows the new secret alone, while it is rotated', [NEW], `${OLD}\n${NEW}\n`],
  ])('and %s takes the exact bytes', async (_what, known, secrets) => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { url, taken } = await webhookReceiver(known);
    expect(await hook(url, secrets).tell(TEST, NOW)).toEqual({ kind: 'taken', answer: 'answered 204' });
    expect(taken).toEqual([{ id: TEST.id, body: TEST.payload }]);
  });

  test('takes an attempt of a later day, which has a timestamp of its own', async () => {
    const later = NOW + 20 * 60 * 60_000;
    vi.useFakeTimers({ now: later, toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { url, taken } = await webhookReceiver([OLD]);
    expect(await hook(url, OLD).tell(TEST, later)).toMatchObject({ kind: 'taken' });
    expect(await hook(url, OLD).tell(TEST, NOW)).toMatchObject({ problem: 'answered 401' });
    expect(taken).toHaveLength(1);
  });

  test('and knows another secret does not', async () => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { url, taken } = await webhookReceiver([OTHER]);
    expect(await hook(url, OLD).tell(TEST, NOW)).toEqual({
      kind: 'failed',
      problem: 'answered 401',
      isBusy: false,
    });
    expect(taken).toEqual([]);
  });
});

describe('an answer', () => {
  test.each([200, 201, 204, 299])('with %i means that it was taken', async (status) => {
    const outcome = await hook('https://a.example/', OLD, answering({ status })).tell(TEST, NOW);
    expect(outcome).toEqual({ kind: 'taken', answer: `answered ${status}` });
  });

  test.each([
    [301, 'answered 301: redirects are not followed', false],
    [308, 'answered 308: redirects are not followed', false],
    [400, 'answered 400', false],
    [404, 'answered 404', false],
    [500, 'answered 500', false],
    [429, 'answered 429', true],
    [502, 'answered 502', true],
    [503, 'answered 503', true],
    [504, 'answered 504', true],
  ])('with %i means that it is to be sent again', async (status, problem, isBusy) => {
    const outcome = await hook('https://a.example/', OLD, answering({ status })).tell(TEST, NOW);
    expect(outcome).toEqual({ kind: 'failed', problem, isBusy });
  });

  test('with 410 means that nothing is wanted any more', async () => {
    const outcome = await hook('https://a.example/', OLD, answering({ status: 410 })).tell(TEST, NOW);
    expect(outcome).toEqual({ kind: 'unwanted', problem: 'answered 410: it wants nothing any more' });
  });

  test.each([
    ['120', 120_000],
    ['Sun, 22 Nov 2026 10:05:00 GMT', 300_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['2026', 2_026_000],
  ])('may say when to come again: %s', async (header, retryAfterMs) => {
    const post = answering({ status: 503, headers: { 'retry-after': header } });
    const outcome = await hook('https://a.example/', OLD, post).tell(TEST, NOW);
    expect(outcome).toEqual({
      kind: 'failed',
      problem: 'answered 503',
      isBusy: true,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  });

  test('that does not come means that it is to be sent again, with the reason', async () => {
    const outcome = await hook('https://a.example/', OLD, () => {
      throw new NoAnswerError('ECONNREFUSED');
    }).tell(TEST, NOW);
    expect(outcome).toEqual({ kind: 'failed', problem: 'no answer: ECONNREFUSED', isBusy: true });
  });
});

test('an incoming webhook of Slack gets what people read, and no signature', async () => {
  const sent: unknown[] = [];
  const slack = slackWebhook(
    { name: 'slack', url: 'https://hooks.slack.example/secret' },
    async (url, request) => {
      sent.push([url, request.headers, JSON.parse(String(request.body))]);
      return { status: 200, headers: {}, body: 'ok' };
    },
  );
  expect(await slack.tell(TEST, NOW)).toEqual({ kind: 'taken', answer: 'answered 200' });
  expect(sent).toEqual([
    [
      'https://hooks.slack.example/secret',
      { 'content-type': 'application/json', 'user-agent': 'channel-usage-analytics' },
      expect.objectContaining({ text: 'A test\nFüße &amp; &lt;Hände&gt;' }),
    ],
  ]);
  expect(slack).toMatchObject({ concurrency: 1, pauseMs: 1_000 });
});
