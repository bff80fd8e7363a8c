import type { TableDefinition } from './table-definition.ts';

/** The messages as they came, one item each; its stream feeds the counters. */
export const MESSAGES_TABLE: TableDefinition = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  stream: 'NEW_IMAGE',
  keysOnlyIndexes: [],
};
