import type { MessageIdentity } from '../domain/message.ts';
import { keyPart, type TableDefinition } from './table-definition.ts';

/** The messages as they came, one item each; its stream feeds the counters. */
export const MESSAGES_TABLE: TableDefinition = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  stream: 'NEW_IMAGE',
  keysOnlyIndexes: [],
};

/** The version of the message item's shape. An item of another version is quarantined, not guessed at. */
export const MESSAGE_SCHEMA_VERSION = 1;

/** The key of a message's item: its identity, so that a message that is put again is no new item. */
export function messageKey({ peerId, conversationId, messageId }: MessageIdentity): {
  pk: string;
  sk: string;
} {
  return {
    pk: conversationPartition({ peerId, conversationId }),
    sk: `MESSAGE#${keyPart(messageId)}`,
  };
}

/** The partition with the messages of a conversation. */
export function conversationPartition({
  peerId,
  conversationId,
}: Pick<MessageIdentity, 'peerId' | 'conversationId'>): string {
  return `${conversationPartitionPrefix(peerId)}${keyPart(conversationId)}`;
}

/** What the partition keys of all conversations of a peer begin with, and of no other peer's. */
export function conversationPartitionPrefix(peerId: string): string {
  return `PEER#${keyPart(peerId)}#CONVERSATION#`;
}
