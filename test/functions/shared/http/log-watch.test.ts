import { afterEach, expect, test } from 'vitest';
import { ROUTES } from '../../../../functions/shared/http/routes.ts';
import { streamRecord } from '../../../faults/history.ts';
import { forgetLogs, leaks, watchLog } from '../../../support/logs/log-watch.ts';
import { httpEvent } from '../../../support/service/http-events.ts';
import { keyText } from '../../../support/service/test-service.ts';

// The check that ends every test file sees what must not be logged.

afterEach(forgetLogs);

const key = keyText('all');
const [, , secret = ''] = key.split('_');
const phone = '+49 151 "5"\u00a0550';
const message = { messageId: 'message-1', conversationId: phone, channelId: 'direct', role: 'user' } as const;

test.each<[string, () => unknown]>([
  ['a whole event', () => ({ message: 'request', fields: { event: send() } })],
  ['a header', () => ({ message: send().headers['authorization'], fields: {} })],
  ['a key', () => ({ message: 'request', fields: { refused: key } })],
  ['a secret', () => ({ message: `wrong secret ${secret}`, fields: {} })],
  ['a body', () => ({ message: 'request', fields: { body: send().body } })],
  ['a text', () => ({ message: 'request', fields: { said: ['Good morning'] } })],
  ['a conversation id', () => ({ message: 'request', fields: { conversations: new Set([phone]) } })],
  ['an error that holds one', () => ({ message: 'request', fields: { error: new Error(`no ${phone}`) } })],
  ['the cause of an error', () => new Error('failed', { cause: new Error(`no ${phone}`) })],
  ['a line of text', () => JSON.stringify({ level: 'INFO', conversation: phone })],
])('%s', (_, line) => {
  send();
  watchLog({ message: 'request', fields: { requestId: 'request-1', status: 200, keyId: 'all' } });
  expect(leaks()).toEqual([]);
  watchLog(line());
  expect(leaks()).not.toEqual([]);
});

test('the id of a stream record, where it is so short that words may hold it', () => {
  streamRecord({ peerId: 'p', ...message, conversationId: 'at', sentAt: 0 }, 1);
  watchLog({ message: 'failed at once', fields: { stack: 'at count' } });
  expect(leaks()).toEqual([]);
  watchLog({ message: 'failed', fields: { conversation: 'at' } });
  expect(leaks()).toEqual(['"at" was logged: {"message":"failed","fields":{"conversation":"at"}}']);
});

function send() {
  const json = { messages: [{ ...message, text: 'Good morning' }] };
  return httpEvent({ route: ROUTES.recordMessages, key, json });
}
