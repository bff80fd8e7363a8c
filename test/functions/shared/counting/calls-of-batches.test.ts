import { expect } from 'vitest';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../../../../functions/shared/domain/message.ts';
import { metered } from '../../../support/database/capacity.ts';
import { test } from '../../../support/fixture.ts';
import { testDependencies } from '../../../support/service/test-dependencies.ts';

const NOW = '2026-11-22T10:00:00.000Z';

/** A message of each of fifty peers, in a conversation that is the peer's first or was begun before. */
function ofFiftyPeers(number: number): UserMessage[] {
  return Array.from({ length: 50 }, (_, peer) => ({
    peerId: `peer_${peer}`,
    channelId: 'integration_webchat',
    conversationId: 'conversation',
    messageId: `${number}`,
    sentAt: Date.parse(NOW) + number,
  }));
}

test('messages of as many channels are read in one call and written in two', async ({ database }) => {
  const dependencies = await testDependencies(database, NOW);
  await (await buildCounter(dependencies)).count(ofFiftyPeers(0));
  const { client, calls } = metered(dependencies.client);
  const counter = await buildCounter({ ...dependencies, client });
  // Makes sure of the channels of the counters that were made, and gets to know the conversations.
  await counter.count(ofFiftyPeers(1));
  const before = new Map(calls);
  expect((await counter.count(ofFiftyPeers(2))).every(({ kind }) => kind === 'counted')).toBe(true);
  const made = [...calls].map(([kind, amount]) => [kind, amount - (before.get(kind) ?? 0)] as const);
  expect(Object.fromEntries(made.filter(([, amount]) => amount > 0))).toEqual({
    BatchGetCommand: 1,
    BatchExecuteStatementCommand: 2,
  });
});
