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

/** The version of the message item's shape. An item of another version is set aside, not guessed at. */
export const MESSAGE_SCHEMA_VERSION = 1;

/** The key of a message's item: its identity, so that a message that is put again is no new item. */
export function messageKey({ peerId, conversationId, messageId }: MessageIdentity): {
  pk: string;
  sk: string;
} {
  return {
    pk: `PEER#${keyPart(peerId)}#CONVERSATION#${keyPart(conversationId)}`,
    sk: `MESSAGE#${keyPart(messageId)}`,
  };
}
