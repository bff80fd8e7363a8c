import * as z from 'zod/mini';
import type { ApiKeyRecord } from '../shared/domain/api-key.ts';
import { mayHaveExpired } from '../shared/domain/daily-counter.ts';
import { component, described, growing } from '../shared/domain/described.ts';
import { IDENTIFIER_WORDS, identifier } from '../shared/domain/identifier.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { requiredDayParameter } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';
import { CursorError, cursorAt, positionIn } from './cursor.ts';

const EVIDENCE = ['kept', 'none', 'expired'] as const;

const fingerprintsRequest = component(
  'FingerprintsRequest',
  'What was asked for.',
  z.object({
    peerId: described(z.string(), 'The peer.'),
    channelId: described(z.string(), 'The channel.'),
    day: described(z.iso.date(), 'The day (UTC).'),
  }),
);

/** The answer with some fingerprints. */
export const fingerprintsAnswer = component(
  'FingerprintPage',
  'Some of the fingerprints of the messages that are counted on a day of a channel.',
  z.object({
    query: fingerprintsRequest,
    evidence: described(
      growing(EVIDENCE),
      '`kept`: the fingerprints of all pages are those of the messages that are counted. `none`: nothing is counted on ' +
        'this day of the channel. `expired`: so long ago that evidence may be gone, and there is none.',
    ),
    fingerprints: described(
      z.array(described(z.string().check(z.regex(/^[0-9a-f]{16}$/)), 'A fingerprint.')),
      'The last 8 of the 16 bytes by which each message adds to the digest, in hexadecimal and in no order that means ' +
        'anything. One of them may be on two pages.',
    ),
    cursor: described(
      z.nullable(z.string()),
      'Asks for the next page; `null` on the last one. What is in it is not to be relied on.',
    ),
  }),
);
export type FingerprintsAnswer = z.output<typeof fingerprintsAnswer>;

/** What a cursor stands for: a sort key of an archived window. */
const POSITION = /^[0-9a-z#~]{1,100}$/;

/** Answers with the fingerprints of a channel's day, one page at a time. */
export const getProofFingerprints = operation('getProofFingerprints', {
  tag: 'Proof',
  summary: 'List fingerprints',
  description: [
    'Lists the fingerprints of the messages that are counted on a day of a channel, one page at a time, to find which ' +
      'message differs where a digest does: one that is here and not among those of your own ids is counted without ' +
      'your knowing of it, and the other way round.',
    '',
    'A message that is counted while pages are read may be on none of them.',
  ],
  query: z.object({
    channelId: described(identifier('channelId'), {
      param: { description: `The channel. ${IDENTIFIER_WORDS}.`, example: 'integration_123' },
    }),
    day: requiredDayParameter('day', { description: 'The day (UTC).', example: '2026-11-22' }),
    cursor: described(z.optional(z.string()), {
      override: { pattern: '^[A-Za-z0-9_-]+$' },
      param: {
        description:
          'The `cursor` of the page before, to get the next one. It goes with the API key, the peer, the channel and ' +
          'the day that it was given for.',
      },
    }),
  }),
  answer: {
    description: 'Some fingerprints, and where the next ones are.',
    schema: fingerprintsAnswer,
    examples: {
      fingerprints: {
        summary: 'The only page',
        value: {
          query: { peerId: 'peer_123', channelId: 'integration_123', day: '2026-11-22' },
          evidence: 'kept',
          fingerprints: ['9a2feaa0c55ad015', '08b1f2c3d4e5f607'],
          cursor: null,
        },
      },
    },
  },
  badRequest: {
    path: 'day',
    message: 'day must be a day that exists, as YYYY-MM-DD, such as 2026-11-22',
  },

  async handle(
    { key, peerId, query: { channelId, day, cursor } },
    { fingerprints, clock }: Pick<UsageContext, 'fingerprints' | 'clock'>,
  ): Promise<FingerprintsAnswer> {
    const context = contextOf(key, [peerId, channelId, day]);
    const after = cursor === undefined ? undefined : positionOf(cursor, context);
    const page = await fingerprints.page({ peerId, channelId, day }, after);
    const gone = mayHaveExpired(day, clock()) ? 'expired' : 'none';
    return {
      query: { peerId, channelId, day },
      evidence: page.isKept ? 'kept' : gone,
      fingerprints: [...page.fingerprints],
      cursor: page.next === undefined ? null : cursorAt(page.next, context),
    };
  },
});

function contextOf({ keyId }: ApiKeyRecord, query: readonly string[]): string[] {
  return [keyId, ...query];
}

function positionOf(cursor: string, context: readonly string[]): string {
  const message = 'cursor must be one that this list gave, for the same API key, peer, channel and day';
  try {
    const position = positionIn(cursor, context);
    if (POSITION.test(position)) return position;
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
  }
  throw new InvalidRequestError([{ path: 'cursor', message }]);
}
