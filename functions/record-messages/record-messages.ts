import * as z from 'zod/mini';
import {
  type AgeLimits,
  ageProblem,
  type Message,
  messageFields,
  recordingLimits,
} from '../shared/domain/message.ts';
import { type EpochMillis, MINUTE_MS } from '../shared/domain/utc-day.ts';
import { ServiceUnavailableError } from '../shared/http/api-errors.ts';
import { type HttpHandler, httpFunction, type PeerRequest } from '../shared/http/http.ts';
import { parseRequest } from '../shared/http/request-parsing.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import { messageKey } from '../shared/store/items/message.ts';
import { MessageStore } from '../shared/store/message-store.ts';
import { type RecordMessagesAnswer, type Rejection, recordMessagesBody } from './contract.ts';

/** How many messages are stored at a time: within the connections that the SDK opens. */
const CONCURRENT_PUTS = 32;

/** Records messages of a peer, each of which starts its way to the counters by that. */
export function recordMessages(dependencies: Dependencies): HttpHandler {
  return httpFunction<'record-messages'>(dependencies, {
    recordMessages: { access: 'peer', answer: recorder(dependencies) },
  });
}

/** The messages of a request that repeat one another: the first of them, and the places of all. */
interface Repeated {
  message: Message;
  indexes: number[];
}

/** What became of the messages of one identity; an error where it is not known. */
type PutOutcome = { stored: boolean } | { error: unknown };

function recorder(
  dependencies: Pick<Dependencies, 'client' | 'clock' | 'log' | 'publishMetrics' | 'settings'>,
): (request: PeerRequest) => Promise<RecordMessagesAnswer> {
  const { client, clock, log, publishMetrics, settings } = dependencies;
  const store = new MessageStore(
    { client, tableName: settings.messagesTableName },
    settings.messageRetentionDays,
  );
  const limits = recordingLimits(settings.messageRetentionDays);

  async function put(message: Message): Promise<PutOutcome> {
    try {
      return { stored: await store.putIfNew(message) };
    } catch (error) {
      return { error };
    }
  }

  return async (request) => {
    const { peerId, requestId } = request;
    const { messages } = parseRequest(recordMessagesBody, request.json(), 'body');
    const now = clock();
    const rejected: Rejection[] = [];
    // Only the first message of an identity is put: of two puts at a time either could be the one that wins.
    const accepted = new Map<string, Repeated>();
    for (const [index, sent] of messages.entries()) {
      const result = parseMessage(sent, peerId, now, limits);
      if ('problem' in result) {
        rejected.push({ index, ...result.problem });
        continue;
      }
      const identity = identityOf(result.message);
      const repeated = accepted.get(identity);
      if (repeated === undefined) accepted.set(identity, { message: result.message, indexes: [index] });
      else repeated.indexes.push(index);
    }
    const outcomes = await mapConcurrently([...accepted.values()], CONCURRENT_PUTS, async (repeated) => ({
      indexes: repeated.indexes,
      outcome: await put(repeated.message),
    }));
    const errors: unknown[] = [];
    let recorded = 0;
    let duplicates = 0;
    for (const { indexes, outcome } of outcomes) {
      if ('error' in outcome) {
        errors.push(outcome.error);
        rejected.push(...indexes.map((index) => ({ index, ...UNAVAILABLE })));
      } else {
        recorded += outcome.stored ? 1 : 0;
        duplicates += indexes.length - (outcome.stored ? 1 : 0);
      }
    }
    publishMetrics({
      [METRIC.messagesReceived]: messages.length,
      [METRIC.messagesRecorded]: recorded,
      [METRIC.messagesRepeated]: duplicates,
      [METRIC.messagesRejected]: rejected.length,
    });
    if (errors.length > 0) {
      if (errors.length === outcomes.length) throw new ServiceUnavailableError(errors[0]);
      log.error('messages could not be stored', { requestId, count: errors.length, errors: namesOf(errors) });
    }
    rejected.sort((a, b) => a.index - b.index);
    return { received: messages.length, recorded, duplicates, rejected };
  };
}

const UNAVAILABLE = {
  code: 'unavailable',
  message: 'the message could not be stored at the moment; it may be sent again as it is',
} as const;

/** Reads a message as it was sent, or says what is wrong with it: with names of fields, never with values. */
function parseMessage(
  sent: unknown,
  peerId: string,
  now: EpochMillis,
  limits: AgeLimits,
): { message: Message } | { problem: Omit<Rejection, 'index'> } {
  const result = z.safeParse(messageFields, sent);
  if (!result.success) {
    const message = result.error.issues.map((issue) => issue.message).join('; ');
    return { problem: { code: 'invalid_message', message } };
  }
  const { sentAt = now, channelName, galleryKey, ...fields } = result.data;
  const code = ageProblem(sentAt, now, limits);
  if (code === 'too_old') {
    const message = `sentAt must not be more than ${limits.retentionDays} days ago`;
    return { problem: { code, message } };
  }
  if (code === 'sent_in_future') {
    const message = `sentAt must not be more than ${limits.aheadMs / MINUTE_MS} minutes ahead`;
    return { problem: { code, message } };
  }
  const message: Message = { peerId, ...fields, sentAt };
  if (channelName !== undefined) message.channelName = channelName;
  if (galleryKey !== undefined) message.galleryKey = galleryKey;
  return { message };
}

function identityOf(message: Message): string {
  const { pk, sk } = messageKey(message);
  return `${pk}\n${sk}`;
}

function namesOf(errors: readonly unknown[]): string[] {
  return [...new Set(errors.map((error) => (error instanceof Error ? error.name : typeof error)))];
}
