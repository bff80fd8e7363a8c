import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Heartbeat } from '../domain/heartbeat.ts';
import { lazily } from '../domain/lazily.ts';
import {
  type AgeProblem,
  ageProblem,
  COUNTED_ROLE,
  countingLimits,
  type UserMessage,
} from '../domain/message.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { isHeartbeatImage, parseHeartbeatImage } from '../store/items/heartbeat.ts';
import { malformed, type NoMessage, parseMessageImage, type StoredMessage } from '../store/items/message.ts';
import { isOfHistory, type MarkCheck } from './history-marks.ts';

/** Why a record cannot be counted, and why trying again would not help. */
export type QuarantineReason = NoMessage['reason'] | AgeProblem | 'too_many_channels' | 'malformed_item';

/** What cannot be counted, and why; `explanation` is in words, without values that came from outside. */
export interface UnusableMessage {
  kind: 'unusable';
  reason: QuarantineReason;
  explanation: string;
}

/** What an item turned out to be that was put as a message. */
export type JudgedMessage =
  | { kind: 'message'; message: UserMessage }
  /** A message of a role that does not count. */
  | { kind: 'not_counted' }
  | UnusableMessage;

/** No message, but a sign that all before it in its lane has come this far; malformed, where it tells nothing. */
export interface HeartbeatRecord {
  kind: 'heartbeat';
  heartbeat?: Heartbeat;
}

/** What a stream record turned out to be. */
export type ParsedRecord = JudgedMessage | HeartbeatRecord;

const insertion = lazily(() =>
  z.object({
    eventName: z.literal('INSERT', 'the event must be an INSERT'),
    dynamodb: z.object(
      {
        ApproximateCreationDateTime: z.number('the record must say when it was made'),
        NewImage: z.record(z.string(), z.unknown(), 'the record must carry the new image'),
      },
      'the record must be one of a table',
    ),
  }),
);

/**
 * Reads a record of the messages table's stream.
 *
 * A message's age is judged against the instant at which the stream made the record, so that a record that
 * had to wait is judged as it would have been at once.
 *
 * @param retentionDays how long messages are stored, in days
 * @param marks without it no mark holds
 */
export function parseStreamRecord(
  record: DynamoDBRecord,
  retentionDays: number,
  marks?: MarkCheck,
): ParsedRecord {
  const inserted = insertion().safeParse(record);
  if (!inserted.success) return malformed(inserted.error);
  const { NewImage: newImage, ApproximateCreationDateTime: createdAtSeconds } = inserted.data.dynamodb;
  if (isHeartbeatImage(newImage)) {
    const heartbeat = parseHeartbeatImage(newImage, createdAtSeconds * 1000);
    return { kind: 'heartbeat', ...(heartbeat !== undefined && { heartbeat }) };
  }
  const stored = parseMessageImage(newImage);
  return stored.kind === 'unusable' ? stored : judge(stored, createdAtSeconds * 1000, retentionDays, marks);
}

/**
 * Decides whether a stored message is to be counted.
 *
 * @param at the instant against which its age is judged, and whether its history mark holds
 * @param retentionDays how long messages are stored, in days
 * @param marks without it no mark holds
 */
export function judge(
  stored: StoredMessage,
  at: EpochMillis,
  retentionDays: number,
  marks?: MarkCheck,
): JudgedMessage {
  const { role, ...message } = stored.message;
  if (role !== COUNTED_ROLE) return { kind: 'not_counted' };
  const problem = ageProblem(message.sentAt, at, countingLimits(retentionDays));
  if (problem === 'sent_in_future') return unusable(problem, 'sentAt is ahead of the clock');
  if (problem === 'too_old' && !isOfHistory(stored, at, marks)) {
    const words = 'sentAt is before what is still counted';
    return unusable(problem, stored.mark ? `${words}, and its history mark does not hold` : words);
  }
  return { kind: 'message', message };
}

function unusable(reason: QuarantineReason, explanation: string): UnusableMessage {
  return { kind: 'unusable', reason, explanation };
}
