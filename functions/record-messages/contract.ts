import * as z from 'zod/mini';

/** How many messages one request may hold. */
export const MAX_MESSAGES = 500;
const HOW_MANY = `messages must be an array of 1 to ${MAX_MESSAGES} messages`;

/**
 * The body of a request that records messages. What a message itself must look like is checked for each
 * of them alone, so that good ones are recorded although others are not.
 */
export const recordMessagesBody = z.object(
  {
    messages: z
      .array(z.unknown(), HOW_MANY)
      .check(z.minLength(1, HOW_MANY), z.maxLength(MAX_MESSAGES, HOW_MANY)),
  },
  'the body must be an object with messages',
);

const REJECTION_CODES = ['invalid_message', 'too_old', 'sent_in_future', 'unavailable'] as const;

/** A message that was not recorded. */
export const rejection = z.object({
  /** Its place among the request's messages, from 0. */
  index: z.int().check(z.nonnegative()),
  /** `unavailable` may be sent again as it is; the others would be rejected again. */
  code: z.enum(REJECTION_CODES),
  message: z.string(),
});
export type Rejection = z.output<typeof rejection>;

/** A schema of its own for every field, so that each can be described. */
function count() {
  return z.int().check(z.nonnegative());
}

/** The answer: received = recorded + duplicates + the number of those rejected. */
export const recordMessagesAnswer = z.object({
  received: count(),
  recorded: count(),
  duplicates: count(),
  rejected: z.array(rejection),
});
export type RecordMessagesAnswer = z.output<typeof recordMessagesAnswer>;
