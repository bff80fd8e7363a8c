import { ApiError, UnreachableError } from './errors.ts';
import type { Message, RecordedMessages } from './generated/openapi.ts';

/**
 * Says of each message when it was sent. A message that does not say it is sent now, and is the same message when it
 * is sent again: the service would take the time of each attempt, and could place them on different days.
 *
 * @param now in milliseconds since 1970
 */
export function withSentAt<M extends Message>(message: M, now: number): M & { sentAt: string } {
  return { ...message, sentAt: message.sentAt ?? new Date(now).toISOString() };
}

/**
 * Sends messages, and those again that were `unavailable`, which is the one rejection that another attempt helps.
 *
 * @param send sends messages once
 * @param backOff waits as before the attempt after so many failed ones, by what the last one said
 * @returns one answer about all of them; what is still `unavailable` after the last attempt is in `rejected`
 */
export async function recordAll(
  messages: readonly Message[],
  attempts: number,
  send: (messages: Message[]) => Promise<RecordedMessages>,
  backOff: (error: ApiError, failures: number) => Promise<void>,
): Promise<RecordedMessages> {
  let indexes = messages.map((_, index) => index);
  const sum = { received: messages.length, recorded: 0, duplicates: 0 };
  const rejected: RecordedMessages['rejected'] = [];
  const ignoredFields = new Set<string>();
  for (let failures = 1; ; failures += 1) {
    const answer = await send(indexes.flatMap((index) => messages[index] ?? []));
    sum.recorded += answer.recorded;
    sum.duplicates += answer.duplicates;
    for (const field of answer.ignoredFields ?? []) ignoredFields.add(field);
    const told = answer.rejected.map((one) => ({ ...one, index: indexes[one.index] ?? one.index }));
    const again = failures < attempts ? told.filter(({ code }) => code === 'unavailable') : [];
    rejected.push(...told.filter((one) => !again.includes(one)));
    const [first] = again;
    if (first === undefined) break;
    indexes = again.map(({ index }) => index);
    await backOff(new ApiError({ ...first, status: 200 }), failures);
  }
  return {
    ...sum,
    rejected: rejected.sort((a, b) => a.index - b.index),
    ...(ignoredFields.size === 0 ? {} : { ignoredFields: [...ignoredFields].sort() }),
  };
}

/**
 * An answer that does not account for every message is no answer to this request, whatever its status.
 *
 * @throws UnreachableError
 */
export function assertAccounted(answer: RecordedMessages | undefined, sent: number): void {
  if (answer === undefined) return;
  const { received, recorded, duplicates, rejected } = answer;
  const accounted =
    received === sent &&
    Array.isArray(rejected) &&
    recorded + duplicates + rejected.length === sent &&
    rejected.every(({ index }) => Number.isInteger(index) && index >= 0 && index < sent);
  if (!accounted)
    throw new UnreachableError(`the answer does not account for the ${sent} messages that were sent`);
}
