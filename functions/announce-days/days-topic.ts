import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import { type Backoff, backoff } from '../shared/domain/backoff.ts';
import { carriedJson } from '../shared/domain/carried-text.ts';
import { type DayChangedEvent, dayChangedEvent } from '../shared/domain/day-announcement.ts';
import type { SealedDay } from '../shared/domain/sealed-day.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { errorSummary } from '../shared/runtime/error-text.ts';

/** SNS takes so many messages at most in one call … */
const MESSAGES_PER_CALL = 10;
/** … and so many bytes of them together, a little less than its 256 KB. */
const BYTES_PER_CALL = 256_000;

const ATTEMPTS = 5;
const PAUSES: Backoff = { firstMs: 100, longestMs: 2_000 };

interface Message {
  day: SealedDay;
  text: string;
  bytes: number;
}

interface DaysTopicOptions extends Pick<Dependencies, 'waiting' | 'log'> {
  client: SNSClient;
  topicArn: string;
  /** Who announces, as a URI reference. */
  source: string;
}

/** The topic on which days are announced. */
export class DaysTopic {
  readonly #options: DaysTopicOptions;

  constructor(options: DaysTopicOptions) {
    this.#options = options;
  }

  /**
   * Publishes one message for each day.
   *
   * @returns the days that SNS did not take, each of them alone
   */
  async announce(days: readonly SealedDay[], outOfTime: () => boolean): Promise<ReadonlySet<SealedDay>> {
    const refused = new Set<SealedDay>();
    for (const batch of batchesOf(days, this.#options.source)) {
      for (const { day } of await this.#publish(batch, outOfTime)) refused.add(day);
    }
    return refused;
  }

  /** @returns the messages that were not taken */
  async #publish(batch: Message[], outOfTime: () => boolean): Promise<Message[]> {
    const { waiting, log } = this.#options;
    let pending = batch;
    for (let attempts = 1; !outOfTime(); attempts += 1) {
      const problems = new Set<string>();
      pending = await this.#send(pending, problems);
      if (pending.length === 0) break;
      if (attempts === ATTEMPTS) {
        log.error('SNS does not take announcements', { days: pending.length, problems: [...problems] });
        break;
      }
      await waiting.pause(backoff(PAUSES, attempts) * waiting.random());
    }
    return pending;
  }

  async #send(messages: Message[], problems: Set<string>): Promise<Message[]> {
    const { client, topicArn } = this.#options;
    const entries = messages.map(({ text }, index) => ({ Id: String(index), Message: text }));
    try {
      const answer = await client.send(
        new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: entries }),
      );
      for (const { Code: code, Message: message } of answer.Failed ?? []) problems.add(`${code}: ${message}`);
      const taken = new Set((answer.Successful ?? []).map(({ Id: id }) => id));
      return messages.filter((_, index) => !taken.has(String(index)));
    } catch (error) {
      problems.add(errorSummary(error));
      return messages;
    }
  }
}

/** The messages of days, as many together as one call takes. */
function* batchesOf(days: readonly SealedDay[], source: string): Generator<Message[]> {
  let batch: Message[] = [];
  let bytes = 0;
  for (const day of days) {
    const message = messageOf(day, source);
    if (batch.length === MESSAGES_PER_CALL || (batch.length > 0 && bytes + message.bytes > BYTES_PER_CALL)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += message.bytes;
  }
  if (batch.length > 0) yield batch;
}

function messageOf(day: SealedDay, source: string): Message {
  const event = dayChangedEvent(day, source);
  const text = textOf(event);
  const bytes = Buffer.byteLength(text);
  if (bytes <= BYTES_PER_CALL) return { day, text, bytes };
  // It takes hundreds of channels whose ids are made of noncharacters. Consumers read the snapshot anyway.
  const { channels: _, ...data } = event.data;
  const short = textOf({ ...event, data });
  return { day, text: short, bytes: Buffer.byteLength(short) };
}

function textOf(event: DayChangedEvent): string {
  return carriedJson(JSON.stringify(event));
}
