import { addDays, DAY_MS, dayOf, type EpochMillis, type UtcDay } from './utc-day.ts';

/** A short keyed hash of a message's identity, in hexadecimal: the proof that the message was counted. */
export type Fingerprint = string;

/** What names a day ledger. */
export interface LedgerKey {
  peerId: string;
  channelId: string;
  day: UtcDay;
}

/** Fingerprints of counted messages, and the span of their `sentAt`, both ends included. */
export interface FingerprintPage {
  fingerprints: readonly Fingerprint[];
  from: EpochMillis;
  through: EpochMillis;
}

/** A page that was moved out of its ledger, into an item of its own. */
export interface FiledPage extends FingerprintPage {
  /** 0 for the first page of a ledger, then counting up. */
  number: number;
  /** When the page may go: no redelivery or replay of its messages comes later. */
  expiresAt: EpochMillis;
}

/** What one channel of one peer was used on one day. */
export interface DayLedger extends LedgerKey {
  messageCount: number;
  /** Conversations that were started on this day. */
  conversationCount: number;
  /** Goes up by one with every change; 0 means that the ledger is not stored yet. */
  version: number;
  /** Whether these counts are part of the channel's totals. */
  closed: boolean;
  /** The fingerprints that were counted last. */
  page?: FingerprintPage;
  filedPages: number;
  /** The latest `sentAt` in all filed pages. A message sent later is in none of them. */
  filedThrough?: EpochMillis;
}

/** A message that is not in the ledger yet. */
export interface LedgerEntry {
  fingerprint: Fingerprint;
  sentAt: EpochMillis;
  startsConversation: boolean;
}

/** One step of a ledger, to be stored whole or not at all. */
export interface LedgerChange {
  /** The ledger after the step. It replaces the one whose version is lower by one. */
  ledger: DayLedger;
  /** A page to be filed. */
  filed?: FiledPage;
  /** What happens to the channel: the day joins its open days, or counts join its totals, or both change. */
  channel?: {
    openDay?: 'add' | 'remove';
    addToTotals?: { messageCount: number; conversationCount: number };
  };
}

/** How ledgers are kept. */
export interface LedgerRules {
  /** How many fingerprints stay in the ledger itself, so that its item stays within one write unit. */
  pageCapacity: number;
  /** How long messages are stored, in days. */
  messageRetentionDays: number;
}

/** Leaves the ledger and its filed pages within 1 KB each, for identifiers of up to 40 characters. */
export const DEFAULT_PAGE_CAPACITY = 90;

/**
 * Ledgers are kept for this many days at least, however a deployment is set: growth compares up to 52
 * weeks, each with the one before. What is set may have been less before, down to this.
 */
export const LEAST_LEDGER_RETENTION_DAYS = 53 * 7;

/** How long the proof of a counted message outlives every way in which the message could come again. */
const EVIDENCE_MARGIN_DAYS = 45;

/** A ledger that is not stored yet. */
export function newLedger(key: LedgerKey): DayLedger {
  return { ...key, messageCount: 0, conversationCount: 0, version: 0, closed: false, filedPages: 0 };
}

/** When the last message in a ledger was sent; nothing for an empty ledger. */
export function lastMessageAt(ledger: Pick<DayLedger, 'page' | 'filedThrough'>): EpochMillis | undefined {
  if (ledger.page === undefined) return ledger.filedThrough;
  return Math.max(ledger.page.through, ledger.filedThrough ?? ledger.page.through);
}

/** Whether a message's fingerprint could be in a filed page, so that one has to look there. */
export function mayBeFiled(ledger: DayLedger, sentAt: EpochMillis): boolean {
  return ledger.filedThrough !== undefined && sentAt <= ledger.filedThrough;
}

/**
 * Counts messages that the ledger does not hold yet.
 *
 * A ledger for a day before yesterday is created already closed: its day would otherwise wait for a
 * closing that is long past, and readers look for open days from yesterday on.
 *
 * @param entries at least one, each with a fingerprint of its own that is neither on the ledger's page nor filed
 */
export function countInto(
  ledger: DayLedger,
  entries: readonly LedgerEntry[],
  now: EpochMillis,
  rules: LedgerRules,
): LedgerChange {
  const added = {
    messageCount: entries.length,
    conversationCount: entries.filter((entry) => entry.startsConversation).length,
  };
  const isNew = ledger.version === 0;
  const closed = isNew ? ledger.day < addDays(dayOf(now), -1) : ledger.closed;
  const counted: DayLedger = {
    ...ledger,
    messageCount: ledger.messageCount + added.messageCount,
    conversationCount: ledger.conversationCount + added.conversationCount,
    version: ledger.version + 1,
    closed,
    page: extendedPage(ledger.page, entries),
  };
  const isFull = (counted.page?.fingerprints.length ?? 0) > rules.pageCapacity;
  const change: LedgerChange = isFull ? withPageFiled(counted, now, rules) : { ledger: counted };
  if (closed) change.channel = { addToTotals: added };
  else if (isNew) change.channel = { openDay: 'add' };
  return change;
}

/**
 * Closes a day: its counts join the channel's totals, and its page is filed. A message that comes later
 * still counts, in the ledger and in the totals at once.
 *
 * @param ledger one that is stored and not closed
 */
export function closeLedger(ledger: DayLedger, now: EpochMillis, rules: LedgerRules): LedgerChange {
  const closed: DayLedger = { ...ledger, version: ledger.version + 1, closed: true };
  const { messageCount, conversationCount } = ledger;
  return {
    ...withPageFiled(closed, now, rules),
    channel: { openDay: 'remove', addToTotals: { messageCount, conversationCount } },
  };
}

function extendedPage(page: FingerprintPage | undefined, entries: readonly LedgerEntry[]): FingerprintPage {
  let from = page?.from ?? Number.POSITIVE_INFINITY;
  let through = page?.through ?? Number.NEGATIVE_INFINITY;
  for (const { sentAt } of entries) {
    from = Math.min(from, sentAt);
    through = Math.max(through, sentAt);
  }
  const fingerprints = [...(page?.fingerprints ?? []), ...entries.map((entry) => entry.fingerprint)];
  return { fingerprints, from, through };
}

function withPageFiled(ledger: DayLedger, now: EpochMillis, rules: LedgerRules): LedgerChange {
  const { page, ...rest } = ledger;
  if (page === undefined) return { ledger };
  return {
    ledger: {
      ...rest,
      filedPages: ledger.filedPages + 1,
      filedThrough: Math.max(page.through, ledger.filedThrough ?? page.through),
    },
    filed: {
      ...page,
      number: ledger.filedPages,
      expiresAt:
        Math.max(page.through + rules.messageRetentionDays * DAY_MS, now) + EVIDENCE_MARGIN_DAYS * DAY_MS,
    },
  };
}
