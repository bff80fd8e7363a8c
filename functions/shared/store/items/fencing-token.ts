import { type Condition, namesOf } from '../expressions.ts';
import type { Item } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

/** The key of what lets one run at a time write a peer's snapshots. */
export function fencingTokenKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'FENCING_TOKEN' };
}

/** A token, as the one that holds. */
export function fencingTokenItem(peerId: string, token: string): Item {
  return { ...fencingTokenKey(peerId), token };
}

/** Where this token is the one that holds. */
export function ifTokenIs(token: string): Condition {
  return {
    ConditionExpression: '#token = :token',
    ExpressionAttributeNames: namesOf(['token']),
    ExpressionAttributeValues: { ':token': token },
  };
}
