import * as z from 'zod/mini';
import { component, described, growing } from '../shared/domain/described.ts';

const rejection = component(
  'Rejection',
  'A message that was not recorded, and why.',
  z.object({
    index: described(z.int().check(z.nonnegative()), "The message's place in the request, from 0."),
    code: described(
      growing([
        'invalid_message',
        'too_old',
        'sent_in_future',
        'too_many_channels',
        'channel_purged',
        'unavailable',
      ]),
      '`unavailable` may be sent again as it is; the others would be rejected again. `too_many_channels`: the channel is ' +
        'not registered, and the peer has as many as it may have. `channel_purged`: an operator has purged the channel.',
    ),
    message: described(z.string(), 'What is wrong, in words.'),
  }),
);
export type Rejection = z.output<typeof rejection>;

function count(words: string) {
  return described(z.int().check(z.nonnegative()), words);
}

/** So many ignored fields are named at most. */
export const MOST_IGNORED_NAMED = 50;

/** What became of the messages of a request. */
export const recordedMessages = component(
  'RecordedMessages',
  'What became of the messages: received = recorded + duplicates + the number of those rejected.',
  z.object({
    received: count('Messages in the request.'),
    recorded: count('Messages that were new, and are stored now.'),
    duplicates: count('Messages that were known already: the first version stays.'),
    rejected: described(z.array(rejection), 'Messages that were not recorded.'),
    ignoredFields: described(
      z.exactOptional(z.array(z.string())),
      `Fields of the messages that this service does not know, such as \`text\`, sorted; nothing of them is kept. At ` +
        `most ${MOST_IGNORED_NAMED} are named. Left out where there are none.`,
    ),
  }),
);
export type RecordedMessages = z.output<typeof recordedMessages>;
