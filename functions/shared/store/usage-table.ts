import { createHash } from 'node:crypto';
import type { DailyCounterKey } from '../domain/daily-counter.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import { fromKeyPart, keyPart, type TableDefinition } from './table-definition.ts';

/** Lists the daily counters that changed since they were sealed. */
export const DIRTY_DAYS_INDEX = {
  name: 'dirty-days',
  partitionKey: 'dirtyLane',
  sortKey: 'sk',
} as const;

/** Counters and all that belongs to them. */
export const USAGE_TABLE: TableDefinition = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  keysOnlyIndexes: [DIRTY_DAYS_INDEX],
};

/** How many lanes spread what is kept for all peers over partitions. */
export const LANES = 8;

type Key = { pk: string; sk: string };

function laneOf(peerId: string): number {
  return createHash('sha256').update(peerId).digest().readUInt32BE(0) % LANES;
}

/** What the partitions with all that belongs to a peer begin with. */
export const PEER_PARTITIONS_PREFIX = 'PEER#';

function peerPartition(peerId: string): string {
  return `${PEER_PARTITIONS_PREFIX}${keyPart(peerId)}`;
}

/** A daily counter. */
export function dailyCounterKey({ peerId, channelId, day }: DailyCounterKey): Key {
  return { pk: peerPartition(peerId), sk: `USAGE#${day}#${keyPart(channelId)}` };
}

/** The daily counter that a key is of. */
export function dailyCounterKeyOf({ pk, sk }: Key): DailyCounterKey {
  const [, day = '', channelId = ''] = sk.split('#');
  return {
    peerId: fromKeyPart(pk.slice('PEER#'.length)),
    channelId: fromKeyPart(channelId),
    day,
  };
}

/** The part of a lane of the index of dirty days that holds the days before a day. */
export function dirtyRange(lane: number, before: UtcDay): { lane: string; before: string } {
  return { lane: `DIRTY#${lane}`, before: `USAGE#${before}` };
}

/** A daily snapshot. */
export function snapshotKey(peerId: string, day: UtcDay): Key {
  return { pk: peerPartition(peerId), sk: `SNAPSHOT#${day}` };
}

/** The range of sort keys with a peer's snapshots from one day, or from the first on, to another, both included. */
export function snapshotRange(
  peerId: string,
  from: UtcDay | undefined,
  to: UtcDay,
): { pk: string; from: string; to: string } {
  return { pk: peerPartition(peerId), from: `SNAPSHOT#${from ?? ''}`, to: `SNAPSHOT#${to}` };
}

/** What lets one run at a time write a peer's snapshots. */
export function fencingTokenKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'FENCING_TOKEN' };
}

/** The lane of the index of dirty days in which a peer's counters are listed. */
export function dirtyLane(peerId: string): string {
  return `DIRTY#${laneOf(peerId)}`;
}

/** A channel with its totals. */
export function channelKey(peerId: string, channelId: string): Key {
  return { pk: peerPartition(peerId), sk: `USAGE#CHANNEL#${keyPart(channelId)}` };
}

/** What the sort keys of all of a peer's channels begin with. */
export function channelRange(peerId: string): { pk: string; prefix: string } {
  const { pk, sk } = channelKey(peerId, '');
  return { pk, prefix: sk };
}

/**
 * The range of sort keys that holds a peer's daily counters from one day to another, both included. Without
 * a last day it holds all later counters and, behind them, every channel: digits sort before letters.
 */
export function usageRange(
  peerId: string,
  from: UtcDay,
  to?: UtcDay,
): { pk: string; from: string; to: string } {
  return {
    pk: peerPartition(peerId),
    from: `USAGE#${from}#`,
    // `$` follows `#`.
    to: to === undefined ? 'USAGE#CHANNEL$' : `USAGE#${to}$`,
  };
}

/** How many channels a peer has. */
export function channelCountKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'CHANNEL_COUNT' };
}

/** The thresholds that were set for a peer's health findings. */
export function healthSettingsKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'HEALTH_SETTINGS' };
}

/** A page of fingerprints that was archived; pages sort by the latest `sentAt` that they hold. */
export function archivedWindowKey(key: DailyCounterKey, through: EpochMillis, number: number): Key {
  return {
    pk: archivedWindowsPartition(key),
    sk: `${archivedWindowSortFrom(through)}#${String(number).padStart(6, '0')}`,
  };
}

/** The partition with all archived windows of a daily counter. */
export function archivedWindowsPartition({ peerId, channelId, day }: DailyCounterKey): string {
  return `${peerPartition(peerId)}#WINDOWS#${day}#${keyPart(channelId)}`;
}

/** The first sort key of the archived windows that hold messages sent at an instant or later. */
export function archivedWindowSortFrom(instant: EpochMillis): string {
  return new Date(instant).toISOString();
}

/** The marker of a conversation that was counted on a channel. */
export function conversationKey(peerId: string, conversationHash: string, channelId: string): Key {
  return {
    pk: `${peerPartition(peerId)}#CONVERSATION#${conversationHash}`,
    sk: `CHANNEL#${keyPart(channelId)}`,
  };
}

/** A peer's entry in the directory of all peers. */
export function directoryKey(peerId: string): Key {
  return { pk: directoryPartition(laneOf(peerId)), sk: peerPartition(peerId) };
}

/** The partitions of the directory, which together list every peer once. */
export const DIRECTORY_PARTITIONS: readonly string[] = Array.from({ length: LANES }, (_, lane) =>
  directoryPartition(lane),
);

/**
 * The sort key of a peer's entry in the directory, or what the sort keys begin with of all the peers whose
 * ids begin with a text: what a text becomes in a key is what its characters become, one after the other.
 */
export function directorySortKey(peerIdOrPrefix: string): string {
  return peerPartition(peerIdOrPrefix);
}

/** The peer of an entry in the directory. */
export function peerOfDirectorySortKey(sortKey: string): string {
  return fromKeyPart(sortKey.slice(peerPartition('').length));
}

function directoryPartition(lane: number): string {
  return `DIRECTORY#${lane}`;
}

/** The secret behind every fingerprint and conversation hash. */
export const HASH_SECRET_KEY: Key = { pk: 'HASH_SECRET', sk: 'HASH_SECRET' };

/** The partition with all API keys: there are few, and they are cached where they are used. */
export const API_KEYS_PARTITION = 'API_KEY';

/** An API key, without its secret. */
export function apiKeyKey(keyId: string): Key {
  return { pk: API_KEYS_PARTITION, sk: keyPart(keyId) };
}

/** A stream record that was quarantined. */
export function quarantineKey(day: UtcDay, eventId: string): Key {
  return { pk: quarantinePartition(day), sk: keyPart(eventId) };
}

/** The partition with the records of a day that were quarantined. */
export function quarantinePartition(day: UtcDay): string {
  return `QUARANTINE#${day}`;
}
