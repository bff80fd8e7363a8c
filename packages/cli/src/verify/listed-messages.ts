import { createReadStream } from 'node:fs';
import { readFields } from '../../../../functions/record-messages/message-fields.ts';
import { foreignNames } from '../../../../functions/record-messages/message-names.ts';
import type { Message } from '../../../../functions/shared/domain/message.ts';
import { parseJson } from '../../../../functions/shared/domain/parse-json.ts';
import { dayOf, isUtcDay } from '../../../../functions/shared/domain/utc-day.ts';

/** A message of somebody's own list. */
export type ListedMessage = Pick<Message, 'conversationId' | 'messageId' | 'channelId' | 'role' | 'sentAt'>;

/** A line of the list, by its number from 1 on: a message, or what is wrong with it. */
export type ListedLine = { line: number } & ({ message: ListedMessage } | { problem: string });

/** A list that can be read more than once, and is the same every time. */
export interface MessageList {
  lines(): AsyncIterable<ListedLine>;
}

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = /^\ufeff/;

/** A list in a file of JSON Lines, which is never in memory as a whole. */
export function listInFile(file: string): MessageList {
  return {
    async *lines() {
      let line = 0;
      for await (const text of textLines(file)) {
        line += 1;
        const json = line === 1 ? text.replace(BYTE_ORDER_MARK, '') : text;
        if (json.trim() !== '') yield { line, ...readLine(json) };
      }
    },
  };
}

/** Lines as JSON Lines means them: not those of `readline`, for which U+2028 within a text ends one. */
async function* textLines(file: string): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  const chunks: AsyncIterable<Buffer> = createReadStream(file);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8');
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield Buffer.concat(rest).toString('utf8');
}

/** Reads a line as recording reads a message; but without `sentAt` nobody knows on which day it counts. */
function readLine(json: string): { message: ListedMessage } | { problem: string } {
  const sent = parseJson(json);
  if (sent === undefined) return { problem: 'it is not JSON' };
  const result = readFields(sent, foreignNames(sent).problem);
  if ('problem' in result) return result;
  const { conversationId, messageId, channelId, role, sentAt } = result.fields;
  if (sentAt === undefined) return { problem: 'sentAt is missing, and with it the day of the message' };
  if (!isUtcDay(dayOf(sentAt))) return { problem: 'sentAt is on no day that can be written' };
  return { message: { conversationId, messageId, channelId, role, sentAt } };
}
