import { expectTypeOf, test } from 'vitest';
import {
  type ChannelStats,
  type ChannelUsageClient,
  createChannelUsageClient,
  type ListedPeer,
} from '../../../packages/client/src/index.ts';

// These are about types, which npm run check:types checks: nothing of it is called.

const client: ChannelUsageClient = createChannelUsageClient({ url: 'http://127.0.0.1:1', key: 'cua_test' });
const message = { messageId: 'm', conversationId: 'c', channelId: 'direct', role: 'user' } as const;

test('answers have the types of the API description', () => {
  const stats = () => client.getChannelStats('p', { from: '2026-11-01', include: ['percentage'] });
  expectTypeOf(stats).returns.resolves.toEqualTypeOf<ChannelStats>();
  expectTypeOf<ChannelStats['total']['messageCount']>().toEqualTypeOf<number>();
  expectTypeOf(client.peers).returns.toEqualTypeOf<AsyncGenerator<ListedPeer, void, undefined>>();
  expectTypeOf(client.getReportCsv).returns.resolves.toEqualTypeOf<string>();
});

test('what the API does not know is no type', () => {
  const wrong = () => [
    // @ts-expect-error: there is no such parameter.
    client.getChannelStats('p', { start: '2026-11-01' }),
    // @ts-expect-error: there is no such value.
    client.getChannelStats('p', { include: ['everything'] }),
    // @ts-expect-error: the channel and the day are required.
    client.fingerprints('p', { channelId: 'direct' }),
    // @ts-expect-error: there is no such role.
    client.recordMessages('p', [{ ...message, role: 'robot' }]),
    // @ts-expect-error: a message has no text.
    client.recordMessages('p', [{ ...message, text: 'hello' }]),
    // @ts-expect-error: the paging is done by the client.
    client.peers({ cursor: 'x' }),
    // @ts-expect-error: nothing is rejected in silence.
    client.recorder({ peerId: 'p', onError: () => {} }),
    // @ts-expect-error: a key is needed.
    createChannelUsageClient({ url: 'http://127.0.0.1:1' }),
  ];
  expectTypeOf(wrong).toBeFunction();
});
