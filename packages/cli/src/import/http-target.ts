import type { EpochMillis } from '../../../../functions/shared/domain/utc-day.ts';
import type { ImportedMessage } from './export-record.ts';
import type { ImportTarget, RecordedBatch } from './import-target.ts';

/** A message as the service takes it. */
export interface SentMessage extends Omit<ImportedMessage, 'sentAt'> {
  sentAt: string;
}

/** What the service says of the messages of a request. */
interface Answer {
  recorded: number;
  duplicates: number;
  rejected: readonly { index: number; code: string; message: string }[];
}

/** Sends one request, again where its answer does not come. */
export type SendMessages = (messages: readonly SentMessage[]) => Promise<Answer>;

/** The service takes 1 MB; the rest is for the words around the messages. */
const MOST_BYTES = 950_000;

/** The service, over HTTP. */
export class HttpTarget implements ImportTarget {
  readonly messagesPerRequest: number;
  readonly #send: SendMessages;

  constructor(messagesPerRequest: number, send: SendMessages) {
    this.messagesPerRequest = messagesPerRequest;
    this.#send = send;
  }

  async record(messages: readonly ImportedMessage[]): Promise<RecordedBatch> {
    const sum = { recorded: 0, duplicates: 0 };
    const refused: RecordedBatch['refused'][number][] = [];
    let first = 0;
    for (const part of inRequests(messages.map(asSent))) {
      const answer = await this.#send(part);
      sum.recorded += answer.recorded;
      sum.duplicates += answer.duplicates;
      for (const { index, code, message } of answer.rejected) {
        refused.push({ index: first + index, code, reason: message });
      }
      first += part.length;
    }
    return { ...sum, refused };
  }
}

function asSent({ sentAt, ...message }: ImportedMessage): SentMessage {
  return { ...message, sentAt: isoMillis(sentAt) };
}

function isoMillis(instant: EpochMillis): string {
  return new Date(instant).toISOString();
}

/** The messages in as many requests as they are too large for. */
function inRequests(messages: readonly SentMessage[]): SentMessage[][] {
  const requests: SentMessage[][] = [];
  let bytes = MOST_BYTES;
  for (const message of messages) {
    const size = Buffer.byteLength(JSON.stringify(message)) + 1;
    bytes += size;
    if (bytes > MOST_BYTES) {
      requests.push([]);
      bytes = size;
    }
    requests.at(-1)?.push(message);
  }
  return requests;
}
