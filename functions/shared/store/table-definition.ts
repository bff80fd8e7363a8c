/**
 * What a table looks like. Infrastructure, the local host and the tests all create their tables from
 * these definitions, so that they cannot drift apart. Every key attribute is a string.
 */
export interface TableDefinition {
  partitionKey: string;
  sortKey: string;
  /** The attribute with the second, since 1970, after which an item may go. */
  timeToLive: string;
  /** What the table's stream carries, where it has one. */
  stream?: 'NEW_IMAGE';
  /** Sparse indexes that carry keys alone. */
  keysOnlyIndexes: readonly { name: string; partitionKey: string; sortKey: string }[];
}

/**
 * Encodes an identifier from outside for use within a key, so that no identifier contains the separator:
 * `#` becomes `%23`, and `%` becomes `%25`.
 */
export function keyPart(identifier: string): string {
  return identifier.replaceAll('%', '%25').replaceAll('#', '%23');
}

/** The inverse of `keyPart`. */
export function fromKeyPart(part: string): string {
  return part.replaceAll('%23', '#').replaceAll('%25', '%');
}

/** The seconds that a time-to-live attribute holds. */
export function expirySeconds(instant: number): number {
  return Math.ceil(instant / 1000);
}
