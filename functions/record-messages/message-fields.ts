import * as z from 'zod/mini';
import { messageFields } from '../shared/domain/message.ts';

/** The fields of a message as a sender gives them; `sentAt` is missing where it was left out. */
export type SentFields = z.output<ReturnType<typeof messageFields>>;

/**
 * Reads the fields of a message as it was sent, or says what is wrong with them: with their names, never with values.
 *
 * @param wrongName what is wrong with the name of one of them, where one is wrong
 */
export function readFields(
  sent: unknown,
  wrongName: string | undefined,
): { fields: SentFields } | { problem: string } {
  const result = z.safeParse(messageFields(), sent);
  if (result.success && wrongName === undefined) return { fields: result.data };
  const problems = result.error?.issues.map((issue) => issue.message) ?? [];
  return { problem: [...(wrongName === undefined ? [] : [wrongName]), ...problems].join('; ') };
}
