import { describe, expect, it } from 'vitest';
import { receivedRequest } from '../../../../functions/shared/http/gateway-event.ts';
import { decodeQuery } from '../../../../functions/shared/http/request-parsing.ts';
import type { WireRequest } from '../../../support/http/answer-check.ts';
import { restInvocation } from '../../../support/http/rest-event.ts';
import { httpEvent } from '../../../support/service/http-events.ts';

const ASKED: WireRequest = { method: 'GET', target: '/', headers: {}, body: Buffer.alloc(0) };

/** A request that came through a REST API. */
function received(request: Partial<WireRequest>, settings: { compressAnswers?: boolean } = {}) {
  return receivedRequest(restInvocation({ ...ASKED, ...request }).event, settings);
}

describe('the event of an HTTP API', () => {
  it('is taken as it is', () => {
    const event = httpEvent({ path: '/nothing' });
    expect(receivedRequest(event, {})).toEqual({ event });
  });
});

describe('the event of a REST API', () => {
  it('has its route, and the path without the stage, decoded segment by segment', () => {
    const { event, problem } = received({ target: '/api/v1/peer/a%2Fb%2525/channel-stats' });
    expect(problem).toBeUndefined();
    expect(event).toMatchObject({
      routeKey: 'GET /api/v1/peer/{peerId}/channel-stats',
      rawPath: '/api/v1/peer/a/b%25/channel-stats',
      pathParameters: { peerId: 'a/b%25' },
    });
  });

  it.each(['/api/v1/peers/', '/api//v1/peers', '/nothing', '//'])('has no route for %s', (target) => {
    const { event } = received({ target });
    expect(event.routeKey).toBe('$default');
    expect(event.rawPath).toBe(target);
    expect(event).not.toHaveProperty('pathParameters');
  });

  it.each([
    ['repeated parameters', 'include=a&include=b', { include: ['a', 'b'] }],
    ['a plus sign, which is a space', 'prefix=a+b', { prefix: ['a b'] }],
    ['a plus sign that is one', 'prefix=a%2Bb', { prefix: ['a+b'] }],
    ['what separates parameters', 'prefix=a%26b%3Dc%23', { prefix: ['a&b=c#'] }],
    ['a percent sign', 'prefix=100%2525', { prefix: ['100%25'] }],
    ['other letters', 'prefix=%C3%BC%F0%9F%98%80', { prefix: ['ü😀'] }],
    ['a parameter without a value', 'from', { from: [''] }],
    ['brackets', 'include[]=a', { 'include[]': ['a'] }],
  ])('has the query as an HTTP API would have it: %s', (_what, query, expected) => {
    const { rawQueryString } = received({ target: `/api/v1/peers?${query}` }).event;
    expect(Object.fromEntries(decodeQuery(rawQueryString))).toEqual(expected);
    expect(Object.fromEntries(decodeQuery(query))).toEqual(expected);
  });

  it('has no query where bytes were no UTF-8 and became something else', () => {
    const { rawQueryString } = received({ target: '/api/v1/peers?prefix=%FF' }).event;
    expect(() => decodeQuery(rawQueryString)).toThrow('must be percent-encoded UTF-8');
  });

  it.each(['/api/v1/peer/%zz/channel-stats', '/api/v1/peer/%FF/channel-stats'])(
    'cannot be answered where its path is no UTF-8: %s',
    (target) => {
      expect(received({ target }).problem).toMatchObject({
        status: 400,
        message: 'the path must be percent-encoded UTF-8',
      });
    },
  );

  it('has headers by names in lower case, with all their values', () => {
    const { event } = restInvocation({ ...ASKED, headers: { 'if-none-match': '"a"', accept: '*/*' } });
    const sent = {
      ...event,
      multiValueHeaders: { ...event.multiValueHeaders, 'If-None-Match': ['"a"', '"b"'] },
    };
    expect(receivedRequest(sent, {}).event.headers).toEqual({ 'if-none-match': '"a","b"', accept: '*/*' });
  });

  it('asks for no compression where a REST API would hand on Base64', () => {
    const gzip = { 'accept-encoding': 'gzip' };
    const headers = { ...gzip, accept: 'application/json' };
    expect(received({ headers }).event.headers).toEqual(headers);
    expect(received({ headers: gzip }).event.headers).toEqual({});
    expect(received({ headers }, { compressAnswers: false }).event.headers).toEqual({
      accept: headers.accept,
    });
  });

  it('has a body in Base64, or none', () => {
    expect(received({ method: 'POST', body: Buffer.from('{}') }).event).toMatchObject({
      body: 'e30=',
      isBase64Encoded: true,
    });
    expect(received({}).event).not.toHaveProperty('body');
  });
});
