import { createReadStream } from 'node:fs';
import { readFields } from '../../../../functions/record-messages/message-fields.ts';
import { foreignNames } from '../../../../functions/record-messages/message-names.ts';
import type { Message } from '../../../../functions/shared/domain/message.ts';
import { parseJson } from '../../../../functions/shared/domain/parse-json.ts';
import { dayOf, isUtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { linesIn } from '../import/files/lines.ts';

/** A message of somebody's own list. */
export type ListedMessage = Pick<Message, 'conversationId' | 'messageId' | 'channelId' | 'role' | 'sentAt'>;

/** A line of the list, by its number from 1 on: a message, or what is wrong with it. */
export type ListedLine = { line: number } & ({ message: ListedMessage } | { problem: string });

/** A list that can be read more than once, and is the same every time. */
export interface MessageList {
  lines(): AsyncIterable<ListedLine>;
}

const BYTE_ORDER_MARK = /^\ufeff/;

/** A list in a file of JSON Lines, which is never in memory as a whole. */
export function listInFile(file: string): MessageList {
  return {
    async *lines() {
      for await (const { number: line, ...read } of linesIn(createReadStream(file))) {
        if ('problem' in read) yield { line, problem: `it ${read.problem}` };
        else {
          const json = line === 1 ? read.text.replace(BYTE_ORDER_MARK, '') : read.text;
          if (json.trim() !== '') yield { line, ...readLine(json) };
        }
      }
    },
  };
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
