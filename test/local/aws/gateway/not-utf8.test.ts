import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { ROUTES } from '../../../../functions/shared/http/routes.ts';
import { startHttpServer } from '../../../../local/aws/gateway/http-server.ts';
import { contentsOf } from '../../../functions/shared/store/table-contents.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { call } from '../../../support/service/http-events.ts';

const test = fixture
  /** The HTTP server of the local host in front of the functions. */
  .extend('server', async ({ service, onTestFinished }) => {
    const { recordMessages, lookUpMessages, manageChannels, usageApi, clock, log } = service;
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      handlers: {
        'record-messages': recordMessages,
        'look-up-messages': lookUpMessages,
        'manage-channels': manageChannels,
        'usage-api': usageApi,
        'serve-dashboard': usageApi,
      },
      clock,
      log,
    });
    onTestFinished(() => server.stop());
    return server;
  })
  /** Sends bytes as they are; gives the status and the body of the answer. */
  .extend('send', ({ server, key }) => async (requestLine: string, body: Buffer) => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    const head = [
      requestLine,
      'host: localhost',
      'content-type: application/json',
      `authorization: Bearer ${key}`,
      `content-length: ${body.length}`,
      'connection: close',
    ];
    socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]));
    const answer = await text(socket);
    return { status: Number(answer.split(' ')[1]), answer };
  });

/** A request that records a message with an id. */
function bodyWith(messageId: string): string {
  const message = { messageId, conversationId: 'k', channelId: 'c', role: 'user' };
  return JSON.stringify({ messages: [message] });
}

const POST = 'POST /api/v1/peer/p/messages HTTP/1.1';

describe('bytes that are not UTF-8', () => {
  test('are refused in a body, and nothing is recorded of it', async ({ send, messagesTable }) => {
    for (const id of ['m-\u00e4', 'm-\u00f6', 'm-\u00fc']) {
      const { status, answer } = await send(POST, Buffer.from(bodyWith(id), 'latin1'));
      expect(status).toBe(400);
      expect(answer).toContain('the body must be JSON in UTF-8');
    }
    expect(await contentsOf(messagesTable)).toEqual([]);
    const { answer } = await send(POST, Buffer.from(bodyWith('m-\u00e4'), 'utf8'));
    expect(answer).toContain('"recorded":1');
  });

  test.for<[string, boolean]>([
    ['as text, in which the gateway has replaced them', false],
    ['encoded', true],
  ])(
    'are refused behind API Gateway, where the body comes %s',
    async ([_how, isEncoded], { service, key }) => {
      const bytes = Buffer.from(bodyWith('m-\u00e4'), 'latin1');
      const { status, body } = await call(service.recordMessages, {
        route: ROUTES.recordMessages,
        key,
        body: bytes.toString(isEncoded ? 'base64' : 'utf8'),
        isBase64Encoded: isEncoded,
      });
      if (isEncoded) expect(status).toBe(400);
      else expect(body).toMatchObject({ recorded: 0, rejected: [{ index: 0, code: 'invalid_message' }] });
    },
  );

  test('are refused in an address', async ({ send }) => {
    const targets = [
      '/api/v1/peer/\u00e4/channel-stats',
      '/api/v1/peer/%E4/channel-stats',
      '/api/v1/peers?prefix=\u00e4',
      '/api/v1/peers?prefix=%E4',
    ];
    for (const target of targets) {
      expect(await send(`GET ${target} HTTP/1.1`, Buffer.alloc(0))).toMatchObject({ status: 400 });
    }
  });
});
