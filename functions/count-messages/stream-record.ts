import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { identifier } from '../domain/identifier.ts';
import {
  ageProblem,
  COUNTED_ROLE,
  countingLimits,
  messageFields,
  sentAtField,
  type UserMessage,
} from '../domain/message.ts';
import { MESSAGE_SCHEMA_VERSION, messageKey } from '../store/messages-table.ts';

/** Why a record cannot be counted, and why trying again would not help. */
export type SetAsideReason =
  | 'malformed'
  | 'unknown_version'
  | 'key_mismatch'
  | 'too_old'
  | 'sent_in_future'
  | 'too_many_channels';

/** What a stream record turned out to be. */
export type ParsedRecord =
  | { kind: 'message'; message: UserMessage }
  /** A message of a role that does not count. */
  | { kind: 'not_counted' }
  | { kind: 'unusable'; reason: SetAsideReason; explanation: string };

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

  const version = versionedImage.safeParse(newImage);
  if (!version.success) return malformed(version.error);
  if (version.data.schemaVersion !== String(MESSAGE_SCHEMA_VERSION)) {
    return unusable('unknown_version', `schemaVersion must be ${MESSAGE_SCHEMA_VERSION}`);
  }
  const image = messageImage.safeParse(newImage);
  if (!image.success) return malformed(image.error);
  const parsed = storedMessage.safeParse(image.data);
  if (!parsed.success) return malformed(parsed.error);

  const { role, ...message } = parsed.data;
  const key = messageKey(message);
  if (image.data.pk !== key.pk || image.data.sk !== key.sk) {
    return unusable('key_mismatch', 'pk and sk must be those of peerId, conversationId and messageId');
  }
  if (role !== COUNTED_ROLE) return { kind: 'not_counted' };
  const problem = ageProblem(message.sentAt, createdAtSeconds * 1000, countingLimits(retentionDays));
  if (problem === 'too_old') return unusable(problem, 'sentAt is before what is still counted');
  if (problem === 'sent_in_future') return unusable(problem, 'sentAt is ahead of the clock');
  return { kind: 'message', message };
}

function malformed(error: z.core.$ZodError): ParsedRecord {
  return unusable('malformed', error.issues.map((issue) => issue.message).join('; '));
}

function unusable(reason: SetAsideReason, explanation: string): ParsedRecord {
  return { kind: 'unusable', reason, explanation };
}
