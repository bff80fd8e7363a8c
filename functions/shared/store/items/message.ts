import * as z from 'zod/mini';
import { HISTORY_MARK_DAYS, type HistoryMark, startOfMark } from '../../domain/history-mark.ts';
import { identifier } from '../../domain/identifier.ts';
import { lazily } from '../../domain/lazily.ts';
import { type Message, type MessageIdentity, messageFields, sentAtField } from '../../domain/message.ts';
import { DAY_MS, type EpochMillis } from '../../domain/utc-day.ts';
import { expirySeconds } from './item.ts';
import { type Key, keyOfImage } from './keys.ts';

// A message's item is part of the contract, because others may put such items themselves.

/** The attribute that only operators' commands write: what another one wrote holds for nobody. */
const HISTORY_MARK = 'historyMark';

/** The version of the item's shape. An item of another version is quarantined, not guessed at. */
export const MESSAGE_SCHEMA_VERSION = 1;

/**
 * Stands between the ids of a partition key. No id contains it, so that every id is in a key as it is, and a
 * key is read in one way only.
 */
export const ID_SEPARATOR = '\n';

/** What the key says of the message. */
const identityFields = lazily(() =>
  z.object({
    peerId: identifier('peerId'),
    conversationId: identifier('conversationId'),
    messageId: identifier('messageId'),
  }),
);

/** What the item says of it beside the key. Nothing else of a message is stored, such as its text. */
const storedFields = lazily(() =>
  z.object({
    ...z.omit(messageFields(), { conversationId: true, messageId: true }).shape,
    sentAt: sentAtField(),
  }),
);

const storedMessage = lazily(() => z.object({ ...identityFields().shape, ...storedFields().shape }));

/** The key of a message's item: its identity, so that a message that is put again is no new item. */
export function messageKey({ peerId, conversationId, messageId }: MessageIdentity): Key {
  return { pk: conversationPartition({ peerId, conversationId }), sk: messageId };
}

/** What a key says of the message; nothing where it is not that of a message. The ids are not checked. */
export function identityOfKey({ pk, sk }: Key): MessageIdentity | undefined {
  const end = pk.indexOf(ID_SEPARATOR);
  if (end === -1) return undefined;
  return { peerId: pk.slice(0, end), conversationId: pk.slice(end + ID_SEPARATOR.length), messageId: sk };
}

/** Whether an attribute is one of a message's item, and not one that somebody has put beside them. */
export function isMessageAttribute(name: string): boolean {
  return ['pk', 'sk', HISTORY_MARK].includes(name) || Object.hasOwn(storedFields().shape, name);
}

/** What the key of an image says of the message; nothing where it is not that of a message. The ids are not checked. */
export function identityOfImage(image: unknown): MessageIdentity | undefined {
  const key = z.safeParse(keyOfImage(), image).data;
  return key === undefined ? undefined : identityOfKey(key);
}

/** The peer that the key of an item names, whatever else is wrong with it; nothing where it names none. */
export function peerOfImage(image: Image): string | undefined {
  return z.safeParse(identityFields().shape.peerId, identityOfImage(image)?.peerId).data;
}

/** The partition with the messages of a conversation. */
export function conversationPartition({
  peerId,
  conversationId,
}: Pick<MessageIdentity, 'peerId' | 'conversationId'>): string {
  return `${conversationPartitionPrefix(peerId)}${conversationId}`;
}

/** What the partition keys of all conversations of a peer begin with, and of no other peer's. */
export function conversationPartitionPrefix(peerId: string): string {
  return `${peerId}${ID_SEPARATOR}`;
}

/** @param retentionDays how long a message is kept after it was sent, in days */
export function messageItem(message: Message, retentionDays: number) {
  return itemUntil(message.sentAt + retentionDays * DAY_MS, message);
}

/**
 * A message of the history, which is kept as if it were sent when it got its mark, and at least as long as that holds: so
 * that the first version of it wins for as long as a further one could be counted.
 */
export function historyItem(message: Message, mark: HistoryMark, retentionDays: number) {
  const expiresAt = startOfMark(mark) + Math.max(retentionDays, HISTORY_MARK_DAYS) * DAY_MS;
  return { ...itemUntil(expiresAt, message), [HISTORY_MARK]: `${mark.until} ${mark.code}` };
}

function itemUntil(expiresAt: EpochMillis, message: Message) {
  return {
    ...messageKey(message),
    schemaVersion: MESSAGE_SCHEMA_VERSION,
    ...z.encode(storedFields(), message),
    expiresAt: expirySeconds(expiresAt),
  };
}

/** The attributes of an item, each with its type, as a stream and DynamoDB's plain client give them. */
export type Image = Readonly<Record<string, unknown>>;

/** Why an item is no message; `explanation` is in words, without values that came from outside. */
export interface NoMessage {
  kind: 'unusable';
  reason: 'malformed' | 'unknown_version';
  explanation: string;
}

// Numbers stay text, so that none is too large to be read.
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

const versionedImage = lazily(() => z.object({ schemaVersion: numberAttribute('schemaVersion') }));

const messageImage = lazily(() =>
  z.object({
    pk: textAttribute('pk'),
    sk: textAttribute('sk'),
    ...Object.fromEntries(
      Object.entries(storedFields().shape).map(([name, field]) => [
        name,
        field instanceof z.ZodMiniExactOptional ? z.exactOptional(textAttribute(name)) : textAttribute(name),
      ]),
    ),
  }),
);

/** A message as it is stored. */
export interface StoredMessage {
  kind: 'message';
  message: Message;
  /** Where it has what could be one, whoever gave it. */
  mark?: HistoryMark;
}

/** Reads a message from its item, whoever put it there. */
export function parseMessageImage(image: Image): StoredMessage | NoMessage {
  const version = versionedImage().safeParse(image);
  if (!version.success) return malformed(version.error);
  if (version.data.schemaVersion !== String(MESSAGE_SCHEMA_VERSION)) {
    return unusable('unknown_version', `schemaVersion must be ${MESSAGE_SCHEMA_VERSION}`);
  }
  const texts = messageImage().safeParse(image);
  if (!texts.success) return malformed(texts.error);
  const { pk, sk, ...fields } = texts.data;
  const identity = identityOfKey({ pk, sk });
  if (identity === undefined) {
    return unusable('malformed', 'pk must be the peerId, a line feed and the conversationId');
  }
  const parsed = storedMessage().safeParse({ ...fields, ...identity });
  if (!parsed.success) return malformed(parsed.error);
  const mark = hasHistoryMark(image) ? historyMarkOf(image) : undefined;
  return { kind: 'message', message: parsed.data, ...(mark !== undefined && { mark }) };
}

const markedImage = lazily(() =>
  z.object({ [HISTORY_MARK]: z.object({ S: z.string().check(z.regex(/^\d{1,15} /)) }) }),
);

/** Whether an item has a history mark, of whatever kind. */
export function hasHistoryMark(image: Image | undefined): boolean {
  return image?.[HISTORY_MARK] !== undefined;
}

function historyMarkOf(image: Image): HistoryMark | undefined {
  const text = markedImage().safeParse(image).data?.[HISTORY_MARK].S;
  if (text === undefined) return undefined;
  const end = text.indexOf(' ');
  return { until: Number(text.slice(0, end)), code: text.slice(end + 1) };
}

/** What does not have the shape that it must have; errors of a schema name fields, and no values. */
export function malformed(error: z.core.$ZodError): NoMessage {
  return unusable('malformed', error.issues.map((issue) => issue.message).join('; '));
}

function unusable(reason: NoMessage['reason'], explanation: string): NoMessage {
  return { kind: 'unusable', reason, explanation };
}

const expiry = lazily(() => z.object({ expiresAt: numberAttribute('expiresAt') }));

/** Whether a message's item has expired at an instant, and only was not deleted yet. */
export function hasExpired(image: Image, at: EpochMillis): boolean {
  const result = expiry().safeParse(image);
  return result.success && Number(result.data.expiresAt) * 1_000 <= at;
}
