import * as z from 'zod/mini';
import { INVALID_MESSAGE, refused, skipped } from '../checked-message.ts';
import type { ExportRecord } from '../export-record.ts';
import { type Json, readJson } from '../files/json-events.ts';
import type { SourceFile } from '../files/source.ts';
import { utf8Bytes } from '../files/utf8.ts';
import { ImportUsageError, type OpenQuestion } from '../import-errors.ts';
import { booleanField, idField, partField, textField } from './fields.ts';
import {
  channelQuestions,
  type Format,
  type FoundExport,
  type PreparedExport,
  type ReadContext,
} from './format.ts';

/** The lists of channels of an export; folders are called by the name of a channel, or by its id where it has none. */
export const SLACK_CHANNEL_LISTS = ['channels.json', 'groups.json', 'dms.json', 'mpims.json'];
export const SLACK_USER_LISTS = ['users.json', 'org_users.json'];
/** The file of one day of a channel: a local day, which is why it tells nothing of a message's time. */
export const SLACK_DAY_FILE = /^[^/]+\/\d{4}-\d\d-\d\d\.json$/;

/** Writes when others write to it, and is no bot in the list of users. */
const SLACKBOT = 'USLACKBOT';

/** Subtypes of what a person wrote; every other one is an event, or something of a program. */
const OF_PEOPLE = new Set(['me_message', 'file_share', 'thread_broadcast']);

const TEXTS = new Set([
  'text',
  'blocks',
  'attachments',
  'files',
  'replies',
  'reactions',
  'user_profile',
  'edited',
]);

const MESSAGE = z.object({
  ts: idField,
  thread_ts: idField,
  user: textField,
  bot_id: textField,
  username: textField,
  subtype: textField,
  bot_profile: partField({ name: textField }),
});
type SlackMessage = z.output<typeof MESSAGE>;

const USER = z.object({ id: textField, name: textField, is_bot: booleanField, real_name: textField });
const CHANNEL = z.object({ id: textField, name: textField });

interface SlackChannel {
  id: string;
  isDirect: boolean;
}

interface Workspace {
  name: string;
  bots: Set<string>;
  /** By the name of their folder. */
  channels: Map<string, SlackChannel>;
}

export const slack: Format = {
  name: 'slack',
  title: 'a Slack export (a folder or ZIP with users.json, channels.json and a folder for each channel)',
  uses: ['channel', 'galleryKey', 'bots', 'chats', 'conversation'],
  async prepare(found, context) {
    const { conversation } = context.options;
    if (conversation !== undefined && conversation !== 'thread' && conversation !== 'channel') {
      throw new ImportUsageError('--conversation: a conversation of Slack is a thread or a channel');
    }
    const prepared: PreparedExport[] = [];
    for (const one of found) prepared.push(await prepareOne(one, context));
    return prepared;
  },
};

async function prepareOne(found: FoundExport, context: ReadContext): Promise<PreparedExport> {
  const workspace = await workspaceOf(found, context);
  const days = found.files.filter(({ path }) => SLACK_DAY_FILE.test(path));
  return {
    questions: [...channelQuestions(found.name, context, 'slack'), ...unknownChats(workspace, context)],
    async *read() {
      const left = new Set<string>();
      for (const file of days) {
        const folder = file.path.slice(0, file.path.indexOf('/'));
        const channel = workspace.channels.get(folder);
        const reason = reasonToLeave(folder, channel, context);
        if (channel !== undefined && reason === undefined)
          yield* readDay(file, folder, channel, workspace, context);
        else if (reason !== undefined && !left.has(folder)) {
          left.add(folder);
          yield skipped(`${found.name} ${folder}`, reason);
        }
      }
    },
  };
}

function reasonToLeave(
  folder: string,
  channel: SlackChannel | undefined,
  { options: { chats } }: ReadContext,
): string | undefined {
  if (channel === undefined)
    return `no list of channels (${SLACK_CHANNEL_LISTS.join(', ')}) has this one: its id is not known`;
  const isWanted = chats.length === 0 || chats.includes(channel.id) || chats.includes(folder);
  return isWanted ? undefined : 'is not among the chats that --chat names';
}

function unknownChats({ name, channels }: Workspace, { options: { chats } }: ReadContext): OpenQuestion[] {
  const all = [...channels].map(([folder, { id }]) => ({ folder, id }));
  if (chats.length === 0 || all.some(({ folder, id }) => chats.includes(id) || chats.includes(folder)))
    return [];
  return [
    {
      option: '--chat',
      about: name,
      question: 'None of its channels is one that --chat names. Which ones are wanted?',
      choices: all.map(({ folder, id }) => ({ value: id, label: folder === id ? id : `${folder} (${id})` })),
      several: true,
    },
  ];
}

async function workspaceOf({ name, files }: FoundExport, { options }: ReadContext): Promise<Workspace> {
  const bots = new Set(options.bots);
  const channels = new Map<string, SlackChannel>();
  for (const file of files) {
    if (SLACK_USER_LISTS.includes(file.path)) {
      for await (const user of elementsOf(file)) addUser(z.safeParse(USER, user).data, bots);
    } else if (SLACK_CHANNEL_LISTS.includes(file.path)) {
      const isDirect = file.path === 'dms.json';
      for await (const element of elementsOf(file)) {
        const { id, name: called = id } = z.safeParse(CHANNEL, element).data ?? {};
        if (id !== undefined && called !== undefined) channels.set(called, { id, isDirect });
      }
    }
  }
  return { name, bots, channels };
}

/** Takes a bot, by what the list of users says or by any of its names that was given, under its id. */
function addUser(user: z.output<typeof USER> | undefined, bots: Set<string>): void {
  const { id, name = '', real_name: realName = '', is_bot: isBot = false } = user ?? {};
  if (id !== undefined && (isBot || bots.has(name) || bots.has(realName))) bots.add(id);
}

/** The elements of a list, without texts. */
async function* elementsOf(file: SourceFile): AsyncGenerator<Json> {
  const plan = {
    enter: (path: readonly unknown[]) => path.length === 0,
    read: (path: readonly unknown[]) => path.length === 1,
    drop: TEXTS,
  };
  for await (const event of readJson(file.name, utf8Bytes(file), plan)) {
    if (event.kind === 'value' && event.path.length === 1) yield event.value;
  }
}

async function* readDay(
  file: SourceFile,
  folder: string,
  channel: SlackChannel,
  workspace: Workspace,
  context: ReadContext,
): AsyncGenerator<ExportRecord> {
  let number = 0;
  for await (const element of elementsOf(file)) {
    number += 1;
    const message = z.safeParse(MESSAGE, element).data;
    if (message?.ts === undefined) {
      yield refused(`${file.name} message ${number}`, INVALID_MESSAGE, 'has no ts');
    } else {
      yield recordOf(
        `${workspace.name} ${folder} ts ${message.ts}`,
        message.ts,
        message,
        channel,
        workspace,
        context,
      );
    }
  }
}

function recordOf(
  place: string,
  ts: string,
  message: SlackMessage,
  channel: SlackChannel,
  { bots }: Workspace,
  { options, checked }: ReadContext,
): ExportRecord {
  const { user, subtype, bot_id: botId, username, bot_profile: profile } = message;
  const names = [user, botId, username, profile?.name];
  const isNamed = names.some((name) => name !== undefined && bots.has(name));
  const isEvent = subtype !== undefined && !OF_PEOPLE.has(subtype) && !(subtype === 'bot_message' && isNamed);
  if (isEvent)
    return skipped(place, subtype === 'bot_message' ? 'bot_message of another bot' : `subtype ${subtype}`);
  if (user === SLACKBOT) return skipped(place, `author ${SLACKBOT}`);
  const isBot = isNamed || botId !== undefined;
  if (!isBot && user === undefined) return skipped(place, 'nobody is named as its author');
  return checked(place, {
    messageId: ts,
    conversationId: conversationOf(message, ts, channel, options.conversation === 'channel'),
    channelId: options.channel ?? '',
    role: isBot ? 'assistant' : 'user',
    sentAt: sentAtOf(ts),
    galleryKey: options.galleryKey ?? 'slack',
  });
}

function conversationOf(
  { thread_ts: thread }: SlackMessage,
  ts: string,
  { id, isDirect }: SlackChannel,
  isOnePerChannel: boolean,
): string {
  if (isOnePerChannel || (isDirect && thread === undefined)) return id;
  return `${id}:${thread ?? ts}`;
}

/** `ts` is seconds and microseconds since 1970, in UTC. */
function sentAtOf(ts: string): number | undefined {
  const parts = /^(\d{1,11})\.(\d{6})$/.exec(ts);
  return parts === null ? undefined : Number(parts[1]) * 1000 + Math.floor(Number(parts[2]) / 1000);
}
