import { type NotificationPayload, notification } from '../../../functions/shared/domain/notification.ts';
import type { Table } from '../../../functions/shared/store/dynamodb.ts';
import type { GivenUpNotification } from '../../../functions/shared/store/items/given-up-notification.ts';
import type { WaitingNotification } from '../../../functions/shared/store/items/waiting-notification.ts';
import { NotifiedPeers } from '../../../functions/shared/store/notified-peers.ts';
import { WaitingNotifications } from '../../../functions/shared/store/waiting-notifications.ts';

/**
 * Decides that some notifications of a peer are to be told, in one transaction.
 *
 * @param options.told what is told; a test where it is left out
 * @returns their ids: the peer and the number of each, such as `peer_a-1`
 */
export async function decide(
  table: Table,
  targets: readonly string[],
  peerId: string,
  { now, howMany = 1, told = testAt(now) }: { now: number; howMany?: number; told?: NotificationPayload },
): Promise<string[]> {
  const peers = new NotifiedPeers(table, targets);
  const state = await peers.read(peerId);
  const notifications = Array.from({ length: howMany }, (_, index) =>
    notification(`${peerId}-${state.sequence + index + 1}`, told),
  );
  const { version: _version, sequence: _sequence, ...rest } = state;
  await peers.decide(peerId, state, { state: rest, notifications }, now);
  return notifications.map(({ id }) => id);
}

function testAt(now: number): NotificationPayload {
  return { type: 'test', timestamp: new Date(now).toISOString(), data: { message: 'A test.' } };
}

/** All that wait for a target, each of which can be read. */
export async function waitingFor(table: Table, target: string): Promise<WaitingNotification[]> {
  const all: WaitingNotification[] = [];
  for await (const one of new WaitingNotifications(table).of(target, thrown)) all.push(one);
  return all;
}

/** All that were given up of a target, each of which can be read. */
export function givenUpBy(table: Table, target: string): Promise<GivenUpNotification[]> {
  return new WaitingNotifications(table).givenUp(target, thrown);
}

function thrown(error: Error): never {
  throw error;
}
