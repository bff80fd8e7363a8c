import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { startOf } from '../../../../../functions/shared/domain/utc-day.ts';
import type { ImportedMessage } from '../../../../../packages/cli/src/import/export-record.ts';
import {
  DATE_ORDERS,
  EXPORT_FORMATS,
  type ReadLimits,
  type ReadOptions,
} from '../../../../../packages/cli/src/import/read-options.ts';

const SAMPLES = join(import.meta.dirname, '../../samples');

const COUNTS = z.record(z.string(), z.object({ messages: z.int(), conversations: z.int() }));
const PLACES = z.array(z.object({ where: z.string(), reason: z.string() }));

const IMPORT = z.object({
  id: z.string(),
  format: z.pipe(
    z.string(),
    z.transform((format) => (format === 'chatwoot-csv' ? 'chatwoot' : format)),
  ),
  paths: z.array(z.string()),
  options: z.object({
    channelId: z.optional(z.string()),
    galleryKey: z.optional(z.string()),
    conversation: z.optional(z.string()),
    conversationId: z.optional(z.string()),
    timeZone: z.optional(z.string()),
    dateOrder: z.optional(z.enum(DATE_ORDERS)),
    dateOrderCanBeDetected: z.optional(z.boolean()),
    dateFormat: z.optional(z.string()),
    delimiter: z.optional(z.string()),
    botIds: z._default(z.array(z.string()), []),
    botNames: z._default(z.array(z.string()), []),
    chatIds: z._default(z.array(z.number()), []),
    ownAddresses: z._default(z.array(z.string()), []),
    columns: z._default(z.record(z.string(), z.string()), {}),
    roles: z._default(z.record(z.string(), z.string()), {}),
  }),
  aloneIntoAnEmptyPeer: z.object({
    messagesByRole: z.record(z.string(), z.int()),
    userMessages: z.int(),
    channels: COUNTS,
    userMessagesPerDay: z.record(z.string(), z.record(z.string(), z.int())),
    duplicatesWithin: z.int(),
  }),
  conversationsIfOneConversationPerChatChannel: z.optional(z.record(z.string(), z.int())),
  afterTheEarlierImports: z.object({
    newMessages: z.int(),
    newUserMessages: z.int(),
    duplicatesOf: z.record(z.string(), z.int()),
  }),
  skipped: PLACES,
  rejected: PLACES,
});
export type ExpectedImport = z.output<typeof IMPORT>;

const EXPECTED = z.object({
  baseDay: z.string(),
  retentionDays: z.int(),
  imports: z.array(IMPORT),
  wholeSetInThisOrder: z.object({
    userMessages: z.int(),
    channels: COUNTS,
    userMessagesPerDay: z.record(z.string(), z.int()),
  }),
});

/** What the sample exports give. */
export const EXPECTED_IMPORTS = z.parse(
  EXPECTED,
  JSON.parse(readFileSync(join(SAMPLES, 'expected.json'), 'utf8')),
);

/** The clock and the retention by which the samples were counted. */
export const SAMPLE_LIMITS: ReadLimits = {
  now: startOf(EXPECTED_IMPORTS.baseDay),
  retentionDays: EXPECTED_IMPORTS.retentionDays,
};

export function samplePath(path: string): string {
  return join(SAMPLES, path);
}

export function pathsOf({ paths }: ExpectedImport): string[] {
  return paths.map(samplePath);
}

export function formatOf({ format }: ExpectedImport): (typeof EXPORT_FORMATS)[number] {
  return z.parse(z.enum(EXPORT_FORMATS), format);
}

/** The options of an import as the command takes them. */
export function optionsOf({ options }: ExpectedImport): ReadOptions {
  const conversation = options.conversation ?? options.conversationId;
  return {
    ...(options.channelId === undefined ? {} : { channel: options.channelId }),
    ...(options.galleryKey === undefined ? {} : { galleryKey: options.galleryKey }),
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
    ...(options.dateOrder === undefined ? {} : { dateOrder: options.dateOrder }),
    ...(options.dateFormat === undefined ? {} : { dateFormat: options.dateFormat }),
    ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
    ...(conversation === undefined ? {} : { conversation }),
    authors: new Map(),
    bots: [...options.botIds, ...options.botNames],
    chats: options.chatIds.map(String),
    ownAddresses: options.ownAddresses,
    map: new Map(Object.entries(options.columns)),
    roles: new Map(Object.entries(options.roles)),
  };
}

/** Counts messages as an empty peer would: no message twice is among them. */
export function countsOf(messages: readonly ImportedMessage[]) {
  const messagesByRole: Record<string, number> = {};
  const userMessagesPerDay: Record<string, Record<string, number>> = {};
  const channels: Record<string, { messages: number; conversations: number }> = {};
  const conversations = new Set<string>();
  for (const { role, channelId, conversationId, sentAt } of messages) {
    messagesByRole[role] = (messagesByRole[role] ?? 0) + 1;
    if (role !== 'user') continue;
    const day = new Date(sentAt).toISOString().slice(0, 10);
    userMessagesPerDay[day] ??= {};
    const ofDay = userMessagesPerDay[day];
    ofDay[channelId] = (ofDay[channelId] ?? 0) + 1;
    channels[channelId] ??= { messages: 0, conversations: 0 };
    const channel = channels[channelId];
    channel.messages += 1;
    const conversation = JSON.stringify([channelId, conversationId]);
    if (!conversations.has(conversation)) channel.conversations += 1;
    conversations.add(conversation);
  }
  return { messagesByRole, userMessages: messagesByRole['user'] ?? 0, channels, userMessagesPerDay };
}
