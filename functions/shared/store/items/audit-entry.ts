import * as z from 'zod/mini';
import type { EpochMillis, UtcDay } from '../../domain/utc-day.ts';
import { type Expressions, inPartition } from '../expressions.ts';
import { count, type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';

/** The partition with all lines of the audit log, in the order of time. */
const AUDIT_LOG_PARTITION = 'LOG';

/** What an operator's command does that leaves a line. */
export const AUDITED_ACTIONS = ['purge', 'erase', 'forget', 'forget_again', 'repair', 'import'] as const;

const attributes = {
  at: z.int(),
  action: z.enum(AUDITED_ACTIONS),
  /** A command writes one line before it changes anything, and one when it is through. */
  phase: z.enum(['begun', 'done']),
  by: z.string(),
  peerId: z.exactOptional(z.string()),
  channelId: z.exactOptional(z.string()),
  subject: z.exactOptional(z.string()),
  firstDay: z.exactOptional(z.string()),
  lastDay: z.exactOptional(z.string()),
  counts: z.record(z.string(), count()),
};

const auditEntry = z.object(attributes);

/** A line of the audit log: what a command did. */
export interface AuditEntry {
  at: EpochMillis;
  action: (typeof AUDITED_ACTIONS)[number];
  phase: 'begun' | 'done';
  /** Who ran the command, as far as AWS or the operating system tells. */
  by: string;
  /** The peer and the channel that it was done to, where they stay, or may be told. */
  peerId?: string;
  channelId?: string;
  /** What it was done to, as a keyed hash, where that is personal or was erased. */
  subject?: string;
  /** The first and the last day that it was done to, where it was about days. */
  firstDay?: UtcDay;
  lastDay?: UtcDay;
  /** How many items of each kind were removed, changed or added. */
  counts: Readonly<Record<string, number>>;
}

/** The key of a line. @param id tells it from others of the same instant */
function auditEntryKey(at: EpochMillis, id: string): Key {
  return { pk: AUDIT_LOG_PARTITION, sk: `${new Date(at).toISOString()}#${id}` };
}

/** A line of the audit log. */
export function auditEntryItem(entry: AuditEntry, id: string): Item {
  return {
    ...auditEntryKey(entry.at, id),
    ...z.encode(auditEntry, { ...entry, counts: { ...entry.counts } }),
  };
}

/** All lines, the earliest first. */
export const ALL_AUDIT_ENTRIES: Expressions = inPartition(AUDIT_LOG_PARTITION);

/** @throws MalformedItemError */
export function parseAuditEntry(item: Item): AuditEntry {
  return parseItem(auditEntry, item, 'line of the audit log');
}
