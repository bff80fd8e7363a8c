/**
 * What a table looks like. Infrastructure, the local host and the tests all create their tables from
 * these definitions, so that they cannot drift apart. Every key attribute is a string.
 */
export interface TableDefinition {
  partitionKey: string;
  sortKey: string;
  /** The attribute with the second, since 1970, after which an item may go; nothing where all stay for ever. */
  timeToLive?: string;
  /** What the table's stream carries, where it has one. */
  stream?: 'NEW_IMAGE';
  /** Sparse indexes that carry keys alone. */
  keysOnlyIndexes: readonly { name: string; partitionKey: string; sortKey: string }[];
}
