import type { TableDefinition } from './table-definition.ts';

/**
 * What operators' commands did, and who was forgotten, for ever. It is a table of its own, so that it says what has to be
 * forgotten again when the others are restored to an earlier state.
 */
export const AUDIT_TABLE: TableDefinition = { partitionKey: 'pk', sortKey: 'sk', keysOnlyIndexes: [] };
