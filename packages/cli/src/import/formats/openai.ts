import * as z from 'zod/mini';
import { INVALID_MESSAGE, refused, skipped } from '../checked-message.ts';
import type { ExportRecord } from '../export-record.ts';
import { type Json, type JsonPath, readJson } from '../files/json-events.ts';
import type { SourceFile } from '../files/source.ts';
import { utf8Bytes } from '../files/utf8.ts';
import { ExportError } from '../import-errors.ts';
import { booleanField, idField, numberField, partField, textField } from './fields.ts';
import { type Format, prepareByChannel, type ReadContext } from './format.ts';

const TEXTS = new Set([
  'parts',
  'text',
  'result',
  'children',
  'domain',
  'url',
  'title',
  'attachments',
  'citations',
]);

const NODE = z.object({
  id: idField,
  message: partField({
    id: idField,
    author: partField({ role: textField }),
    create_time: numberField,
    content: partField({ content_type: textField }),
    metadata: partField({ is_visually_hidden_from_conversation: booleanField }),
  }),
});

/** What is kept of a node until the id of its conversation is known, which stands behind all of them. */
interface Node {
  id: string;
  messageId: string;
  role: string;
  sentAt: number | undefined;
  skippedFor?: string;
}

/** How many nodes a conversation may have: so many are held at once. */
const MOST_NODES = 500_000;

/** What a person wrote once for all conversations, or a program about the person. */
const CONTEXTS = new Set(['user_editable_context', 'model_editable_context']);

export const openai: Format = {
  name: 'openai',
  title: 'a ChatGPT export (conversations.json, or conversations-000.json and so on)',
  uses: ['channel', 'galleryKey'],
  prepare: (found, context) => prepareByChannel(found, context, 'chatgpt', readFile),
};

async function* readFile(file: SourceFile, context: ReadContext): AsyncGenerator<ExportRecord> {
  let nodes: Node[] = [];
  const ids = new Map<string, string>();
  for await (const event of readJson(file.name, utf8Bytes(file), PLAN)) {
    if (event.kind === 'value') {
      const { path, value } = event;
      if (path.length === 2) addId(ids, path[1], value);
      else nodes.push(...nodesOf(String(path[2]), value));
      if (nodes.length > MOST_NODES) {
        throw new ExportError(
          file.name,
          `conversation ${Number(path[0]) + 1}`,
          `has more than ${MOST_NODES} nodes`,
        );
      }
    } else if (event.kind === 'end' && event.path.length === 1) {
      const conversation = ids.get('conversation_id') ?? ids.get('id');
      for (const node of nodes) yield recordOf(file.name, node, conversation, context);
      nodes = [];
      ids.clear();
    }
  }
}

const PLAN = {
  enter: (path: JsonPath) => path.length < 2 || (path.length === 2 && path[1] === 'mapping'),
  read: (path: JsonPath) => path.length === 3,
  drop: TEXTS,
};

function addId(ids: Map<string, string>, key: string | number | undefined, value: Json): void {
  const id = z.safeParse(idField, value).data;
  if (id !== undefined && (key === 'id' || key === 'conversation_id')) ids.set(key, id);
}

/** The message of a node; the root has none. */
function nodesOf(key: string, value: Json): Node[] {
  const node = z.safeParse(NODE, value).data;
  const message = node?.message;
  if (message === undefined) return [];
  const role = message.author?.role ?? '';
  const time = message.create_time;
  const isHidden =
    message.metadata?.is_visually_hidden_from_conversation === true ||
    CONTEXTS.has(message.content?.content_type ?? '');
  const sentAt = time === undefined ? undefined : Math.floor(time * 1000);
  const id = node?.id ?? key;
  const kept: Node = { id, messageId: message.id ?? id, role, sentAt };
  if (isHidden) kept.skippedFor = `hidden ${role} node${sentAt === undefined ? ' without time' : ''}`;
  else if (role === 'system' && sentAt === undefined) kept.skippedFor = 'system node without time';
  else if (role === '') kept.skippedFor = 'nobody is named as its author';
  return [kept];
}

function recordOf(
  name: string,
  node: Node,
  conversation: string | undefined,
  { options, checked }: ReadContext,
): ExportRecord {
  const place = `${name} node ${node.id}`;
  if (node.skippedFor !== undefined) return skipped(place, node.skippedFor);
  if (conversation === undefined) return refused(place, INVALID_MESSAGE, 'its conversation has no id');
  return checked(place, {
    messageId: node.messageId,
    conversationId: conversation,
    channelId: options.channel ?? '',
    role: node.role,
    sentAt: node.sentAt,
    galleryKey: options.galleryKey,
  });
}
