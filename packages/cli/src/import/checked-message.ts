import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { MAX_CHARACTERS, MAX_UTF8_BYTES } from '../../../../functions/shared/domain/identifier.ts';
import {
  ageProblem,
  ageProblemWords,
  messageFields,
  recordingLimits,
} from '../../../../functions/shared/domain/message.ts';
import { DAY_MS, dayOf, type EpochMillis, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { ExportRecord } from './export-record.ts';
import type { ReadLimits } from './read-options.ts';

/** A message as a format tells it, before it is known to be one that can be recorded. */
export interface MessageDraft {
  messageId: string;
  conversationId: string;
  channelId: string;
  role: string;
  /** When it was sent; a message without a time is never dated today. */
  sentAt: EpochMillis | undefined;
  channelName?: string | undefined;
  galleryKey?: string | undefined;
}

/** Makes records of drafts: refused ones where the service would refuse them, with its code and its words. */
export type MessageChecker = (place: string, draft: MessageDraft, warning?: string) => ExportRecord;

/** No age is too great for what goes into a history. */
const HOWEVER_OLD = Number.POSITIVE_INFINITY;

export const INVALID_MESSAGE = 'invalid_message';

export function messageChecker({ now, retentionDays }: ReadLimits): MessageChecker {
  const limits = recordingLimits(retentionDays ?? HOWEVER_OLD);
  return (place, draft, warning) => {
    const { sentAt, ...named } = draft;
    if (sentAt === undefined) return refused(place, INVALID_MESSAGE, 'has no time of its own');
    if (!isWritable(sentAt))
      return refused(place, INVALID_MESSAGE, 'its time is no instant that can be written');
    const fields = z.safeParse(messageFields(), withoutUndefined(named));
    if (!fields.success) {
      return refused(place, INVALID_MESSAGE, fields.error.issues.map(({ message }) => message).join('; '));
    }
    const problem = ageProblem(sentAt, now, limits);
    if (problem !== undefined) {
      const words = ageProblemWords(problem, limits);
      const isOld = problem === 'too_old';
      const day = isOld
        ? `: the first whole day that is accepted is ${firstWholeDay(now, limits.retentionDays)}`
        : '';
      return refused(place, problem, `${words}${day}`);
    }
    const message = { ...fields.data, sentAt };
    return warning === undefined
      ? { kind: 'message', place, message }
      : { kind: 'message', place, message, warning };
  };
}

/** The first day all of whose messages are accepted. @param retentionDays how old a message may be */
export function firstWholeDay(now: EpochMillis, retentionDays: number): UtcDay {
  return dayOf(now - retentionDays * DAY_MS + DAY_MS - 1);
}

export function refused(place: string, code: string, reason: string): ExportRecord {
  return { kind: 'refused', place, code, reason };
}

export function skipped(place: string, reason: string): ExportRecord {
  return { kind: 'skipped', place, reason };
}

/** The time from which no later and no earlier one has a day that can be written. */
const EARLIEST_MS = Date.UTC(1970, 0, 1);
const LATEST_MS = Date.UTC(9999, 11, 31);

function isWritable(instant: EpochMillis): boolean {
  return Number.isSafeInteger(instant) && instant >= EARLIEST_MS && instant <= LATEST_MS;
}

function withoutUndefined(draft: Omit<MessageDraft, 'sentAt'>): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [name, value] of Object.entries(draft)) if (value !== undefined) named[name] = value;
  return named;
}

/** How many hexadecimal digits of a hash stand for an id: no two ids share as many by chance. */
const HASH_DIGITS = 32;

/** An id made of parts, none of which may be text of a message: short texts can be guessed from their hash. */
export function hashedId(prefix: string, parts: readonly (string | number)[]): string {
  const digits = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_DIGITS);
  return `${prefix}-${digits}`;
}

/** An id of a platform's own: one that is too long for an identifier is the beginning of its hash. */
export function fittingId(id: string): string {
  const fits = [...id].length <= MAX_CHARACTERS && Buffer.byteLength(id) <= MAX_UTF8_BYTES;
  return fits ? id : `sha256-${createHash('sha256').update(id).digest('hex').slice(0, HASH_DIGITS)}`;
}
