import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { identifier } from '../shared/domain/identifier.ts';
import {
  ageProblem,
  COUNTED_ROLE,
  countingLimits,
  type Message,
  messageFields,
  sentAtField,
  type UserMessage,
} from '../shared/domain/message.ts';
import type { EpochMillis } from '../shared/domain/utc-day.ts';
import { MESSAGE_SCHEMA_VERSION, messageKey } from '../shared/store/messages-table.ts';

/** Why a record cannot be counted, and why trying again would not help. */
export type QuarantineReason =
  | 'malformed'
  | 'unknown_version'
  | 'key_mismatch'
  | 'too_old'
  | 'sent_in_future'
  | 'too_many_channels'
  | 'malformed_item';

/** What cannot be counted, and why; `explanation` is in words, without values that came from outside. */
export interface UnusableMessage {
  kind: 'unusable';
  reason: QuarantineReason;
  explanation: string;
}

/** What a stream record turned out to be. */
export type ParsedRecord =
  | { kind: 'message'; message: UserMessage }
  /** A message of a role that does not count. */
  | { kind: 'not_counted' }
  | UnusableMessage;

// Attribute values as the stream carries them: numbers stay text, so that none is too large to be read.
const numberAttribute = (name: string) =>
  z.pipe(
    z.object({ N: z.string(`${name} must be a number attribute`) }, `${name} must be a number attribute`),
    z.transform((value: { N: string }) => value.N),
  );
const textAttribute = (name: string) =>
  z.pipe(
    z.object({ S: z.string(`${name} must be a string attribute`) }, `${name} must be a string attribute`),
    z.transform((value: { S: string }) => value.S),
  );

const insertion = z.object({
  eventName: z.literal('INSERT', 'the event must be an INSERT'),
  dynamodb: z.object(
    {
      ApproximateCreationDateTime: z.number('the record must say when it was made'),
      NewImage: z.record(z.string(), z.unknown(), 'the record must carry the new image'),
    },
    'the record must be one of a table',
  ),
});

const versionedImage = z.object({ schemaVersion: numberAttribute('schemaVersion') });

const messageImage = z.object({
  pk: textAttribute('pk'),
  sk: textAttribute('sk'),
  peerId: textAttribute('peerId'),
  messageId: textAttribute('messageId'),
  conversationId: textAttribute('conversationId'),
  channelId: textAttribute('channelId'),
  role: textAttribute('role'),
  sentAt: textAttribute('sentAt'),
  channelName: z.exactOptional(textAttribute('channelName')),
  galleryKey: z.exactOptional(textAttribute('galleryKey')),
});

const storedMessage = z.extend(messageFields, { peerId: identifier('peerId'), sentAt: sentAtField });

/**
 * Reads a record of the messages table's stream.
 *
 * A message's age is judged against the instant at which the stream made the record, so that a record that
 * had to wait is judged as it would have been at once.
 *
 * @param retentionDays how long messages are stored, in days
 */
export function parseStreamRecord(record: DynamoDBRecord, retentionDays: number): ParsedRecord {
  const inserted = insertion.safeParse(record);
  if (!inserted.success) return malformed(inserted.error);
  const { NewImage: newImage, ApproximateCreationDateTime: createdAtSeconds } = inserted.data.dynamodb;
  const stored = parseStoredMessage(newImage);
  return stored.kind === 'unusable' ? stored : judge(stored.message, createdAtSeconds * 1000, retentionDays);
}

/**
 * Reads a message from its item, whoever put it there.
 *
 * @param image the item's attributes, each with its type, as a stream and DynamoDB's plain client give them
 */
export function parseStoredMessage(
  image: Readonly<Record<string, unknown>>,
): { kind: 'message'; message: Message } | UnusableMessage {
  const version = versionedImage.safeParse(image);
  if (!version.success) return malformed(version.error);
  if (version.data.schemaVersion !== String(MESSAGE_SCHEMA_VERSION)) {
    return unusable('unknown_version', `schemaVersion must be ${MESSAGE_SCHEMA_VERSION}`);
  }
  const fields = messageImage.safeParse(image);
  if (!fields.success) return malformed(fields.error);
  const parsed = storedMessage.safeParse(fields.data);
  if (!parsed.success) return malformed(parsed.error);
  const key = messageKey(parsed.data);
  if (fields.data.pk !== key.pk || fields.data.sk !== key.sk) {
    return unusable('key_mismatch', 'pk and sk must be those of peerId, conversationId and messageId');
  }
  return { kind: 'message', message: parsed.data };
}

/**
 * Decides whether a stored message is to be counted.
 *
 * @param at the instant against which its age is judged
 * @param retentionDays how long messages are stored, in days
 */
export function judge({ role, ...message }: Message, at: EpochMillis, retentionDays: number): ParsedRecord {
  if (role !== COUNTED_ROLE) return { kind: 'not_counted' };
  const problem = ageProblem(message.sentAt, at, countingLimits(retentionDays));
  if (problem === 'too_old') return unusable(problem, 'sentAt is before what is still counted');
  if (problem === 'sent_in_future') return unusable(problem, 'sentAt is ahead of the clock');
  return { kind: 'message', message };
}

function malformed(error: z.core.$ZodError): UnusableMessage {
  return unusable('malformed', error.issues.map((issue) => issue.message).join('; '));
}

function unusable(reason: QuarantineReason, explanation: string): UnusableMessage {
  return { kind: 'unusable', reason, explanation };
}
