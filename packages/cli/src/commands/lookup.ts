import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import * as z from 'zod/mini';
import {
  type LookedUpMessage,
  lookedUpMessages,
} from '../../../../functions/look-up-messages/looked-up-message.ts';
import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import { inBatches } from '../../../../functions/shared/domain/in-batches.ts';
import { MESSAGES_PER_REQUEST } from '../../../../functions/shared/domain/message.ts';
import { parseJson } from '../../../../functions/shared/domain/parse-json.ts';
import { soughtMessage } from '../../../../functions/shared/domain/sought-message.ts';
import { withFile } from '../../../../local/support/file-error.ts';
import { parseIdentifier } from '../../../../tools/support/option-values.ts';
import type { ChannelUsageClient } from '../../../client/src/index.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { lookupText } from '../drawing/lookup-text.ts';
import { pageFor } from '../drawing/page.ts';
import { AttentionError, UsageError } from '../exit-codes.ts';
import {
  type OutputOptions,
  withCheckOption,
  withOutputOptions,
  writeOutput,
} from '../output/output-options.ts';
import { answerTo, clientFor } from '../service/usage-client.ts';
import { withExamples, withPeer } from './reading-options.ts';

interface LookupOptions extends ConnectionOptions, OutputOptions {
  conversation?: string;
  file?: string;
  check?: boolean;
}

const listed = z.looseObject({ conversationId: z.string(), messageId: z.string() });

/** A message that is looked up, as the client sends it. */
type Sought = Parameters<ChannelUsageClient['lookUpMessages']>[1][number];

/** Says of messages whether they are counted, and why not. */
export function lookupCommand(context: CliContext): Command {
  const command = withPeer(
    new Command('lookup').description(
      'Say of messages whether they are counted, and why not. Their ids are arguments, or lines of JSON with ' +
        'conversationId and messageId, and channelId and sentAt where they are known, piped in or in a file.',
    ),
  )
    .argument('[messages...]', 'ids of messages of one conversation')
    .option('--conversation <id>', 'the conversation of these messages', parseIdentifier)
    .option('--file <path>', 'a file of JSON Lines');
  withCheckOption(command, 'one of them is not counted');
  return withExamples(withOutputOptions(command), [
    'lookup peer_support --conversation conversation-42 message-1 message-2',
    'lookup peer_support --file messages.jsonl --csv > counted.csv',
    'lookup peer_support --check < messages.jsonl',
  ]).action((peerId: string, ids: string[], _: LookupOptions, self: Command) =>
    run(peerId, ids, self.optsWithGlobals<LookupOptions>(), context),
  );
}

async function run(
  peerId: string,
  ids: string[],
  options: LookupOptions,
  context: CliContext,
): Promise<void> {
  const sought = await soughtMessages(ids, options, context);
  const client = await clientFor(options, context);
  const found: LookedUpMessage[] = [];
  for (const batch of inBatches(sought, MESSAGES_PER_REQUEST)) {
    const { value } = await answerTo(client.lookUpMessages(peerId, batch), lookedUpMessages);
    found.push(...value.messages);
  }
  const messages = sought.flatMap(({ conversationId, messageId }, index) => {
    const one = found[index];
    return one === undefined ? [] : [{ conversationId, messageId, ...one }];
  });
  const text = () => lookupText(messages, pageFor(context));
  writeOutput({ json: { messages }, csv: () => csvOf(messages), text }, options, context);
  const missing = messages.filter(({ status }) => status !== 'counted').length;
  if (options.check === true && missing > 0) {
    throw new AttentionError(
      missing === 1 ? '1 message is not counted' : `${missing} messages are not counted`,
    );
  }
}

async function soughtMessages(
  ids: readonly string[],
  { conversation, file }: LookupOptions,
  { input, workingFolder }: CliContext,
): Promise<Sought[]> {
  if (ids.length > 0) {
    if (conversation === undefined)
      throw new UsageError('say with --conversation of which conversation these messages are');
    if (file !== undefined) throw new UsageError('give either ids or a file');
    return ids.map((messageId) => ({ conversationId: conversation, messageId }));
  }
  if (file === undefined) {
    const piped = input();
    if (piped === undefined)
      throw new UsageError('say which messages: their ids, --file, or lines of JSON piped in');
    return messagesIn('the input', () => piped);
  }
  const path = resolve(workingFolder, file);
  return withFile('read', path, () => messagesIn(path, () => createReadStream(path)));
}

/** @param open is called when the bytes are read at once: nobody else would hear that a file cannot be opened */
async function messagesIn(name: string, open: () => AsyncIterable<Uint8Array>): Promise<Sought[]> {
  const { linesIn } = await import('../import/files/lines.ts');
  const messages: Sought[] = [];
  for await (const line of linesIn(open())) {
    const place = `${name} line ${line.number}`;
    if ('problem' in line) throw new UsageError(`${place}: it ${line.problem}`);
    if (line.text.trim() === '') continue;
    const { conversationId, messageId, channelId, sentAt } = readLine(line.text, place);
    messages.push({
      ...{ conversationId, messageId },
      ...(channelId !== undefined && { channelId }),
      ...(sentAt !== undefined && { sentAt: new Date(sentAt).toISOString() }),
    });
  }
  if (messages.length === 0) throw new UsageError(`there is no message in ${name}`);
  return messages;
}

/** Reads what a look-up takes of a line, which may say more of the message. @throws UsageError with the place */
function readLine(text: string, place: string) {
  const line = listed.safeParse(parseJson(text.replace(/^\ufeff/, '')));
  if (!line.success) throw new UsageError(`${place}: it is no JSON with conversationId and messageId`);
  const { conversationId, messageId, channelId, sentAt } = line.data;
  const result = soughtMessage.safeParse({
    ...{ conversationId, messageId },
    ...(channelId !== undefined && { channelId }),
    ...(sentAt !== undefined && { sentAt }),
  });
  if (result.success) return result.data;
  throw new UsageError(`${place}: ${result.error.issues[0]?.message ?? 'it is none to look up'}`);
}

function csvOf(
  messages: readonly (LookedUpMessage & { conversationId: string; messageId: string })[],
): string {
  const columns = [
    ...[
      'Conversation id',
      'Message id',
      'Status',
      'Reason',
      'Explanation',
      'Channel id',
      'Role',
      'Sent at',
      'Day',
    ],
    'Started conversation',
  ];
  const rows = messages.map((one): CsvCell[] => [
    ...[one.conversationId, one.messageId, one.status, one.reason ?? null, one.explanation ?? null],
    ...[one.channelId ?? null, one.role ?? null, one.sentAt ?? null, one.day ?? null],
    one.startedConversation ?? null,
  ]);
  return csv([columns, ...rows]);
}
