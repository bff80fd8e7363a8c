import { csvRecords } from './files/csv-records.ts';
import { type JsonPath, jsonOf, readJson } from './files/json-events.ts';
import { linesOf, TOO_LONG } from './files/lines.ts';
import { headOf, type Source, type SourceFile } from './files/source.ts';
import { encodingOf, utf8Bytes } from './files/utf8.ts';
import { isZip } from './files/zip.ts';
import { possibleDelimiters } from './formats/csv-delimiter.ts';
import { beginsMail } from './formats/mbox-mails.ts';
import { SLACK_CHANNEL_LISTS, SLACK_DAY_FILE, SLACK_USER_LISTS } from './formats/slack.ts';
import { repaired } from './formats/telegram.ts';
import { readChatLine } from './formats/whatsapp-lines.ts';
import type { ExportFormat } from './read-options.ts';

/** What a file is, by its content: one of the formats, or a part of one. */
type Recognised =
  | ExportFormat
  | 'slack day'
  | 'slack list'
  | 'zip'
  | 'empty'
  | 'binary'
  | 'long line'
  | 'no utf-8';

/** How much of a text is looked at. */
const HEAD_BYTES = 256 * 1024;
const HEAD_LINES = 25;
/** How much of JSON is looked at even where it is clear already what it is: it could be something else too. */
const JSON_BYTES = 64 * 1024;

/** All that a file could be. One of them is what it is; several, or none, are for the person to decide. */
export async function recognised(file: SourceFile): Promise<Recognised[]> {
  const head = await headOf(file, HEAD_BYTES);
  if (head.length === 0) return ['empty'];
  if (isZip(head)) return ['zip'];
  if (encodingOf(head) === 'utf-8' && head.includes(0)) return ['binary'];
  const text = await headText(file);
  const lines = text.split(/\r?\n/, HEAD_LINES);
  if (isMbox(lines)) return ['mbox'];
  if (isWhatsApp(lines)) return ['whatsapp'];
  const isLikeJson = /^\s*[[{]/.test(text);
  const known = isLikeJson ? await recognisedJson(file) : [];
  if (known.length > 0) return known;
  // The first lines of it may be broken, or too long.
  const { texts, isTooLong } = await firstLines(file);
  if (isJsonLines(texts)) return ['jsonl'];
  const table = isLikeJson ? [] : await recognisedCsv(file);
  if (table.length > 0) return table;
  if (isTooLong) return ['long line'];
  return isUtf8(head) ? [] : ['no utf-8'];
}

/** Whether the beginning of a file is UTF-8, or UTF-16 with a byte order mark; its last character may be cut off. */
function isUtf8(head: Uint8Array): boolean {
  try {
    new TextDecoder(encodingOf(head), { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** The first lines of a file that can be read, and whether one before them cannot, because it is too long. */
async function firstLines(file: SourceFile): Promise<{ texts: string[]; isTooLong: boolean }> {
  const texts: string[] = [];
  let isTooLong = false;
  for await (const line of linesOf(file)) {
    if ('text' in line) texts.push(line.text);
    else isTooLong ||= line.problem === TOO_LONG;
    if (line.number === HEAD_LINES) break;
  }
  return { texts, isTooLong };
}

async function headText(file: SourceFile): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of utf8Bytes(file)) {
    text += decoder.decode(piece, { stream: true });
    if (text.length >= HEAD_BYTES) break;
  }
  return text.slice(0, HEAD_BYTES);
}

function isMbox([first = '', ...others]: readonly string[]): boolean {
  return beginsMail(first) && others.some((line) => /^[A-Za-z][A-Za-z-]*:/.test(line));
}

/** The first thing in a chat has a date; a blank line may stand before it. */
function isWhatsApp(lines: readonly string[]): boolean {
  const first = lines.find((line) => line.trim() !== '');
  return first !== undefined && readChatLine(first) !== undefined;
}

/** Several objects, a line each. One alone may be anything, unless it has the fields of a message. */
function isJsonLines(lines: readonly string[]): boolean {
  const objects = lines.flatMap((line) => {
    const json = jsonOf(line, new Set());
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? [Object.keys(json)] : [];
  });
  const [only, ...others] = objects.filter((keys) => keys.length > 0);
  return only !== undefined && (others.length > 0 || only.includes('messageId'));
}

/** What of JSON tells its format: which keys there are, and where. Indices are `*`. */
const SIGNS: readonly { what: Recognised; isIt(has: (path: string) => boolean): boolean }[] = [
  { what: 'discord', isIt: (has) => has('guild') && has('channel') && has('messages') },
  {
    what: 'telegram',
    isIt: (has) =>
      (has('messages') && has('type') && has('id') && !has('guild')) ||
      ((has('chats') || has('left_chats')) &&
        (has('personal_information') || has('about') || has('chats.list'))),
  },
  {
    what: 'chatwoot',
    isIt: (has) =>
      ['payload.*', 'data.payload.*', '*'].some(
        (one) => has(`${one}.message_type`) && has(`${one}.inbox_id`),
      ),
  },
  { what: 'openai', isIt: (has) => has('*.mapping') },
  { what: 'slack day', isIt: (has) => has('*.ts') && has('*.type') },
  {
    what: 'slack list',
    isIt: (has) =>
      has('*.id') &&
      !has('*.mapping') &&
      ['team_id', 'is_bot', 'members', 'is_archived'].some((key) => has(`*.${key}`)),
  },
];

async function recognisedJson(file: SourceFile): Promise<Recognised[]> {
  const seen = new Set<string>();
  const has = (path: string) => seen.has(path);
  const known = () => SIGNS.filter(({ isIt }) => isIt(has)).map(({ what }) => what);
  let read = 0;
  const counted = async function* () {
    for await (const piece of utf8Bytes(file)) {
      read += piece.length;
      yield piece;
    }
  };
  try {
    for await (const { path } of readJson(file.name, repaired(counted()), OUTLINE)) {
      if (path.length > 0) seen.add(path.map((key) => (typeof key === 'number' ? '*' : key)).join('.'));
      if (read > JSON_BYTES && known().length > 0) break;
    }
  } catch {
    // It may be damaged further on: what reads it says where. JSON Lines end as JSON behind their first line.
  }
  return known();
}

/** Goes in as far as what tells formats apart, and reads nothing. */
const OUTLINE = {
  enter: (path: JsonPath) => {
    const [first, second] = path;
    if (path.length === 0) return true;
    if (path.length === 1) return typeof first === 'number' ? first < 5 : LISTS.has(first ?? '');
    if (path.length === 2)
      return typeof second === 'number' ? second < 5 : first === 'data' && second === 'payload';
    return path.length === 3 && first === 'data' && typeof path[2] === 'number' && path[2] < 5;
  },
  read: () => false,
  drop: new Set<string>(),
};

const LISTS = new Set(['messages', 'payload', 'data', 'chats', 'left_chats']);

/** How many columns the messages table of Chatwoot has that no other table has together. */
const CHATWOOT_COLUMNS = ['id', 'conversation_id', 'inbox_id', 'message_type', 'private', 'created_at'];

async function recognisedCsv(file: SourceFile): Promise<Recognised[]> {
  const delimiters = (await possibleDelimiters(file))
    .filter(({ rows }) => rows > 0)
    .map((one) => one.delimiter);
  for (const delimiter of delimiters) {
    for await (const record of csvRecords(file, delimiter)) {
      const isChatwoot =
        'cells' in record && CHATWOOT_COLUMNS.every((column) => record.cells.includes(column));
      if (isChatwoot) return ['chatwoot'];
      break;
    }
  }
  return delimiters.length > 0 ? ['csv'] : [];
}

/** The files of one Slack export, under the folder in which its lists are. */
export interface SlackRoot {
  folder: string;
  files: SourceFile[];
}

/**
 * Slack exports among the files of a folder or ZIP: a list of users or channels beside folders with days of messages, all
 * of which look so inside too.
 */
export async function slackRoots({ files }: Source): Promise<SlackRoot[]> {
  const lists = new Set([...SLACK_CHANNEL_LISTS, ...SLACK_USER_LISTS]);
  const roots = new Map<string, SourceFile[]>();
  for (const file of files) {
    const at = file.path.lastIndexOf('/') + 1;
    if (lists.has(file.path.slice(at))) roots.set(file.path.slice(0, at), []);
  }
  const found: SlackRoot[] = [];
  for (const folder of roots.keys()) {
    const within = files.filter(({ path }) => path.startsWith(folder));
    const relative = within.map((file) => ({ ...file, path: file.path.slice(folder.length) }));
    if (await isSlack(relative, lists)) found.push({ folder, files: relative });
  }
  return found;
}

async function isSlack(files: readonly SourceFile[], lists: ReadonlySet<string>): Promise<boolean> {
  let hasList = false;
  let hasDay = false;
  for (const file of files) {
    if (!hasList && lists.has(file.path)) hasList = (await recognised(file)).includes('slack list');
    if (!hasDay && SLACK_DAY_FILE.test(file.path)) hasDay = (await recognised(file)).includes('slack day');
    if (hasList && hasDay) return true;
  }
  return false;
}
