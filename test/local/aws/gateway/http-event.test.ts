import { describe, expect, it } from 'vitest';
import { gatewayInvocation, type HttpRequest } from '../../../../local/aws/gateway/http-event.ts';

const NOW = Date.parse('2026-11-02T10:03:04.000Z');

function request(change: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    target: '/api/v1/peer/peer_1/channel-stats',
    httpVersion: '1.1',
    headers: {},
    body: Buffer.alloc(0),
    sourceIp: '127.0.0.1',
    ...change,
  };
}

function eventOf(change: Partial<HttpRequest>) {
  const invocation = gatewayInvocation(request(change), 'request-1', NOW);
  if (invocation === undefined) throw new Error('the path should be readable');
  return invocation.event;
}

describe('the event of a request', () => {
  it('has the whole payload format 2.0', () => {
    const invocation = gatewayInvocation(
      request({
        method: 'POST',
        target: '/api/v1/peer/peer%20%231/messages?a=1&a=2%2C3&b=%C3%A4',
        headers: {
          host: ['127.0.0.1:8787'],
          'user-agent': ['curl/8'],
          'content-type': ['application/json'],
          'x-several': ['1', '2'],
          cookie: ['a=1; b=2'],
        },
        body: Buffer.from('{"text":"ä"}'),
      }),
      'request-1',
      NOW,
    );
    expect(invocation).toEqual({
      function: 'record-messages',
      event: {
        version: '2.0',
        routeKey: 'POST /api/v1/peer/{peerId}/messages',
        rawPath: '/api/v1/peer/peer #1/messages',
        rawQueryString: 'a=1&a=2%2C3&b=%C3%A4',
        cookies: ['a=1', 'b=2'],
        headers: {
          host: '127.0.0.1:8787',
          'user-agent': 'curl/8',
          'content-type': 'application/json',
          'x-several': '1,2',
        },
        queryStringParameters: { a: '1,2,3', b: 'ä' },
        pathParameters: { peerId: 'peer #1' },
        requestContext: {
          accountId: '000000000000',
          apiId: 'local',
          domainName: '127.0.0.1:8787',
          domainPrefix: '127',
          http: {
            method: 'POST',
            path: '/api/v1/peer/peer #1/messages',
            protocol: 'HTTP/1.1',
            sourceIp: '127.0.0.1',
            userAgent: 'curl/8',
          },
          requestId: 'request-1',
          routeKey: 'POST /api/v1/peer/{peerId}/messages',
          stage: '$default',
          time: '02/Nov/2026:10:03:04 +0000',
          timeEpoch: NOW,
        },
        body: '{"text":"ä"}',
        isBase64Encoded: false,
      },
    });
  });

  it.each([
    ['another method', { method: 'DELETE' }],
    ['HEAD of what is only written', { method: 'HEAD', target: '/api/v1/peer/peer_1/messages' }],
    ['OPTIONS of everything', { method: 'OPTIONS', target: '*' }],
    ['another path', { target: '/api/v1/peer/peer_1/other' }],
    ['a longer path', { target: '/api/v1/peer/peer_1/channel-stats/' }],
    ['an empty parameter', { target: '/api/v1/peer//channel-stats' }],
    ['a path of nothing but slashes', { target: '//' }],
  ])('goes to the fallback for %s', (_case, change) => {
    const invocation = gatewayInvocation(request(change), 'request-1', NOW);
    expect(invocation?.function).toBe('usage-api');
    expect(invocation?.event.routeKey).toBe('$default');
    expect(invocation?.event.pathParameters).toBeUndefined();
  });

  it.each([
    ['/api/v1/peer/peer_1/channel-stats', 'usage-api', 'HEAD /api/v1/peer/{peerId}/channel-stats'],
    ['/', 'serve-dashboard', 'HEAD /'],
  ])('of HEAD goes where one of GET goes: %s', (target, name, key) => {
    const invocation = gatewayInvocation(request({ method: 'HEAD', target }), 'request-1', NOW);
    expect([invocation?.function, invocation?.event.routeKey]).toEqual([name, key]);
  });

  it('holds a compressed body in base64, also one that happens to be UTF-8', () => {
    const headers = { 'content-type': ['application/json'], 'content-encoding': ['gzip'] };
    const event = eventOf({ method: 'POST', headers, body: Buffer.from('{}') });
    expect([event.body, event.isBase64Encoded]).toEqual(['e30=', true]);
  });

  it.each([
    ['an encoded slash', '/api/v1/peer/a%2Fb/channel-stats', 'a/b'],
    ['an encoded percent sign', '/api/v1/peer/a%252Fb/channel-stats', 'a%2Fb'],
    ['an encoded question mark', '/api/v1/peer/a%3Fb/channel-stats?from=x', 'a?b'],
    ['a plus', '/api/v1/peer/a+b/channel-stats', 'a+b'],
    ['an emoji', '/api/v1/peer/%F0%9F%98%80/channel-stats', '😀'],
    ['a null byte', '/api/v1/peer/%00/channel-stats', '\u0000'],
    ['scheme and host', 'http://localhost:8787/api/v1/peer/peer_1/channel-stats', 'peer_1'],
  ])('holds a path parameter with %s', (_case, target, peerId) => {
    expect(eventOf({ target }).pathParameters).toEqual({ peerId });
  });

  it.each([
    '/api/v1/peer/%/channel-stats',
    '/api/v1/peer/%E4/channel-stats',
    '/%zz',
    '/api/v1/peer/\u00e4/channel-stats',
  ])('cannot be made for %s', (target) => {
    expect(gatewayInvocation(request({ target }), 'request-1', NOW)).toBeUndefined();
  });

  it.each([
    ['application/json', 'ab', false],
    ['Application/JSON; charset=utf-8', 'ab', false],
    ['text/plain', 'ab', false],
    ['application/x-www-form-urlencoded', 'YWI=', true],
    [undefined, 'YWI=', true],
  ])('holds a body of the type %s as the gateway does', (type, body, isBase64Encoded) => {
    const headers = type === undefined ? {} : { 'content-type': [type] };
    const event = eventOf({ method: 'POST', headers, body: Buffer.from('ab') });
    expect([event.body, event.isBase64Encoded]).toEqual([body, isBase64Encoded]);
  });

  it('holds every byte of a body that is said to be text and is not UTF-8', () => {
    const body = Buffer.from('{"messageId":"m-\u00e4"}', 'latin1');
    const event = eventOf({ method: 'POST', headers: { 'content-type': ['application/json'] }, body });
    expect([event.body, event.isBase64Encoded]).toEqual([body.toString('base64'), true]);
  });
});
