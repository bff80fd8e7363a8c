import { COUNTED_ROLE, ROLES } from '../shared/domain/message.ts';
import { MESSAGE_SCHEMA_VERSION } from '../shared/store/items/message.ts';

/**
 * How the messages table's stream is fed to count-messages. The deployed event source mapping and the one
 * of the local host are both made from this.
 */
export interface EventSourceSettings {
  /** Most records in one invocation. */
  batchSize: number;
  /** How long records are gathered for one invocation, in seconds. */
  batchingWindowSeconds: number;
  /** How many invocations at a time one shard feeds, each with its own share of the partition keys. */
  parallelizationFactor: number;
  bisectBatchOnError: boolean;
  /** How often a failed batch is tried again; without a limit until its records are too old. */
  retryAttempts?: number;
  /** Older records go to the failure destination instead of being tried again, in seconds. */
  maximumRecordAgeSeconds: number;
  /** Event patterns: a record that matches none of them is not delivered. */
  filters: readonly FilterPattern[];
}

/** An event pattern: nested names, with the allowed values at their ends. */
export interface FilterPattern {
  [name: string]: FilterPattern | readonly FilterRule[];
}

export type FilterRule = string | { 'anything-but': readonly string[] } | { exists: boolean };

const UNCOUNTED_ROLES = ROLES.filter((role) => role !== COUNTED_ROLE);
const KNOWN_VERSIONS = [String(MESSAGE_SCHEMA_VERSION)];

/**
 * Every insertion, except of well-formed messages of the roles that do not count. Heartbeats have no role: that
 * they are named as well is for emulators that find nothing absent in what is absent itself.
 */
const FILTERS: readonly FilterPattern[] = [
  { eventName: ['INSERT'], dynamodb: { NewImage: { role: { S: [{ 'anything-but': UNCOUNTED_ROLES }] } } } },
  { eventName: ['INSERT'], dynamodb: { NewImage: { role: { S: [{ exists: false }] } } } },
  {
    eventName: ['INSERT'],
    dynamodb: { NewImage: { schemaVersion: { N: [{ 'anything-but': KNOWN_VERSIONS }] } } },
  },
  { eventName: ['INSERT'], dynamodb: { NewImage: { schemaVersion: { N: [{ exists: false }] } } } },
  { eventName: ['INSERT'], dynamodb: { NewImage: { heartbeat: { N: [{ exists: true }] } } } },
];

/**
 * What is right for most sizes; docs/scaling.md says when to set what. A batch of 500 messages of as many channels takes
 * less than a second of a processor, far less than the time limit of the function: it ends also where DynamoDB is slow.
 * Larger ones would count little more a second, and be tried again as a whole. A longer window would save invocations
 * where messages are few, and show them later. Each further lane makes batches smaller, and so dearer by message; more
 * than one for each shard is needed from more than a thousand messages a second on.
 */
export const DEFAULT_EVENT_SOURCE: EventSourceSettings = {
  batchSize: 500,
  batchingWindowSeconds: 1,
  parallelizationFactor: 1,
  bisectBatchOnError: true,
  // No limit of attempts: twenty were used up within a minute of an outage. Half of what a stream keeps, so that what is given up still reaches the failure destination in time.
  maximumRecordAgeSeconds: 43_200,
  filters: FILTERS,
};
