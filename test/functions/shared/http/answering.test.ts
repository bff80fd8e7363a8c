import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { answerWith } from '../../../../functions/shared/http/answering.ts';
import { CompressedText, Created, PlainText } from '../../../../functions/shared/http/answers.ts';
import { ROUTES } from '../../../../functions/shared/http/routes.ts';
import { test } from '../../../support/fixture.ts';
import { httpEvent, type TestRequest } from '../../../support/service/http-events.ts';
import { lambdaContext } from '../../../support/service/lambda-context.ts';

const SEED = { seed: 20_261_122 };
const GET = { route: ROUTES.getChannelStats } satisfies TestRequest;
const MOMENT = ['asOf', 'lagSeconds', 'countedThrough'];

function tagOf(data: object): string {
  return String(answerWith(data, httpEvent(GET)).headers?.['etag']);
}

/** What an answer says, but for when it was made. */
function saidBy(data: object): string {
  const said = Object.entries(data).filter(([name]) => !MOMENT.includes(name));
  return JSON.stringify(Object.fromEntries(said));
}

const names = fc.oneof(fc.string(), fc.constantFrom('asOf', 'channels', 'total', '__proto__'));
const answers = fc.dictionary(names, fc.jsonValue());
const moments = fc.record(
  { asOf: fc.string(), lagSeconds: fc.nat(), countedThrough: fc.string() },
  { requiredKeys: [] },
);

describe('the tag of an answer', () => {
  test('is another one whenever anything but its moment is', () => {
    const seen = fc.property(answers, names, fc.jsonValue(), answers, (one, name, value, another) => {
      // One that differs in one field, one that lacks it, and one that may differ in everything.
      const { [name]: _, ...less } = one;
      for (const other of [{ ...one, [name]: value }, less, another]) {
        expect(tagOf(one) === tagOf(other)).toBe(saidBy(one) === saidBy(other));
      }
    });
    fc.assert(seen, SEED);
  });

  test('is another one where a field within a field is called like a moment', () => {
    const one = { findings: [{ evidence: { lagSeconds: 1 } }] };
    expect(tagOf(one)).not.toBe(tagOf({ findings: [{ evidence: { lagSeconds: 2 } }] }));
  });

  test('is the same whatever its moment is', () => {
    const seen = fc.property(answers, moments, moments, (answer, before, after) => {
      for (const name of MOMENT) delete answer[name];
      expect(new Set([answer, { ...answer, ...before }, { ...answer, ...after }].map(tagOf)).size).toBe(1);
    });
    fc.assert(seen, SEED);
  });

  test('is that of the text, of texts', () => {
    const texts = [
      new PlainText('a', { 'content-type': 'text/csv' }),
      new PlainText('b', { 'content-type': 'text/csv' }),
    ];
    expect(new Set(texts.map(tagOf)).size).toBe(2);
  });

  test('is not there where nobody may keep the answer, or where something was written', () => {
    const unkept = new PlainText('a', { 'content-type': 'text/html', 'cache-control': 'no-store' });
    const event = httpEvent({ ...GET, headers: { 'if-none-match': '*' } });
    expect(answerWith(unkept, event)).toMatchObject({ statusCode: 200, body: 'a' });
    expect(answerWith(unkept, event).headers).not.toHaveProperty('etag');
    const put = httpEvent({ route: ROUTES.setChannel, headers: { 'if-none-match': '*' } });
    const made = answerWith(new Created({ a: 1 }), put);
    expect(made).toMatchObject({ statusCode: 201, body: '{"a":1}' });
    expect(Object.keys(made.headers ?? {}).sort()).toEqual(['content-type', 'vary']);
  });
});

describe('compressing', () => {
  const large = { text: 'x'.repeat(2_000) };
  const small = { text: 'x' };

  test('is for answers from 1 KB on, where the client takes it', () => {
    const event = httpEvent({ ...GET, headers: { 'accept-encoding': 'gzip, br' } });
    const answer = answerWith(large, event);
    expect(answer.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: 'accept-encoding, authorization',
    });
    expect(JSON.parse(gunzipSync(Buffer.from(answer.body ?? '', 'base64')).toString())).toEqual(large);
    expect(answer.headers?.['etag']).toBe(tagOf(large));
    for (const plain of [answerWith(small, event), answerWith(large, httpEvent(GET))]) {
      expect(plain.headers).not.toHaveProperty('content-encoding');
      expect(plain.headers).toHaveProperty('vary');
    }
  });

  test('is not for a client that refuses it, of what was compressed before', () => {
    const made = new CompressedText('H4sIAAAAAAAAA0sEAEO+t+gBAAAA', { 'content-type': 'text/plain' });
    const event = httpEvent({ ...GET, headers: { 'accept-encoding': 'gzip;q=0.0, *;q=1' } });
    expect(answerWith(made, event)).toMatchObject({ statusCode: 200, body: 'a' });
  });
});

describe('a page that follows a peer with 60 channels, for a minute', () => {
  const PEER = 'peer_wide';
  const POLLS = 24;
  // Far below 0.2 MB, because these names are so alike that they compress well; without a 304 it would be six times as many.
  const MOST_BYTES = 20_000;
  const DAYS = ['2026-11-01', '2026-11-08', '2026-11-15', '2026-11-20', '2026-11-22'];

  test.beforeEach(async ({ service }) => {
    const channels = Array.from({ length: 60 }, (_, number) => `integration_${number}`);
    const messages = channels.flatMap((channelId, place) =>
      DAYS.map((day) => ({
        peerId: PEER,
        channelId,
        conversationId: `${channelId}-${day}`,
        messageId: `${channelId}-${day}`,
        sentAt: Date.parse(`${day}T00:00:00Z`) + place,
      })),
    );
    await service.count(messages);
  });

  test('gets the figures once, and in few bytes, as long as nothing is new', async ({ service, key }) => {
    const tags = new Map<string, string>();
    const statuses: (number | undefined)[] = [];
    let bytes = 0;
    async function poll(second: number) {
      service.setClock(new Date(Date.parse('2026-11-22T10:00:00Z') + second * 1000).toISOString());
      for (const route of [ROUTES.getChannelStats, ROUTES.getHistory, ROUTES.getGrowth]) {
        const tag = tags.get(route.path);
        const headers = { 'accept-encoding': 'gzip', ...(tag !== undefined && { 'if-none-match': tag }) };
        const event = httpEvent({ route, key, peerId: PEER, headers });
        const { statusCode, body = '', ...answer } = await service.usageApi(event, lambdaContext());
        tags.set(route.path, String(answer.headers?.['etag']));
        statuses.push(statusCode);
        bytes += Buffer.from(body, answer.isBase64Encoded === true ? 'base64' : 'utf8').length;
      }
    }
    for (let number = 0; number < POLLS; number += 1) await poll(number * 2.5);
    expect(statuses).toEqual([...Array(3).fill(200), ...Array(3 * (POLLS - 1)).fill(304)]);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);

    const message = { peerId: PEER, channelId: 'integration_0', conversationId: 'new', messageId: 'new' };
    await service.count([{ ...message, sentAt: Date.parse('2026-11-21T10:00:00Z') }]);
    statuses.length = 0;
    await poll(60);
    expect(statuses).toEqual([200, 200, 200]);
  });
});
