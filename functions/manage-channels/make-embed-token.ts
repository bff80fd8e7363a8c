import * as z from 'zod/mini';
import { component, described } from '../shared/domain/described.ts';
import { EMBED_TOKEN_SECONDS, makeEmbedToken as makeToken } from '../shared/domain/embed-token.ts';
import { SECOND_MS } from '../shared/domain/utc-day.ts';
import { operation } from '../shared/http/operation.ts';
import type { ChannelsContext } from './context.ts';
import { wholeNumber } from './whole-number.ts';

const { least, most } = EMBED_TOKEN_SECONDS;

const embedTokenRequest = component(
  'EmbedTokenRequest',
  'What token to make. Unknown fields are refused.',
  z.strictObject(
    {
      expiresInSeconds: described(
        z._default(wholeNumber('expiresInSeconds', EMBED_TOKEN_SECONDS), EMBED_TOKEN_SECONDS.default),
        'For how many seconds the token works.',
      ),
    },
    'the body must be an object with expiresInSeconds, or empty',
  ),
);

/** The answer with a new embed token. */
const embedTokenAnswer = component(
  'EmbedToken',
  'A token for a page of others.',
  z.object({
    token: described(z.string(), 'The token, which stands in the place of an API key.'),
    expiresAt: described(
      z.iso.datetime(),
      'From then on the token does not work any more: after as long as was asked for, or when the API key ends, if that ' +
        'is earlier.',
    ),
  }),
);

/** Makes an embed token for a peer. Nothing is stored of it. */
export const makeEmbedToken = operation('makeEmbedToken', {
  tag: 'Sharing',
  summary: 'Make an embed token',
  description: [
    'Makes a token with the scope `stats:read` for this one peer, for a page that shows its figures to people who have no ' +
      'API key: the server of that page asks for it, and hands it to the browsers of those who may see the figures. It ' +
      'stands where an API key does, `Authorization: Bearer TOKEN`.',
    '',
    'It cannot be revoked by itself. It ends with the API key that made it, when that expires, is revoked, or may not ' +
      'share the peer any more.',
  ],
  body: {
    description: 'For how long.',
    schema: embedTokenRequest,
    examples: {
      short: { summary: 'For five minutes', value: { expiresInSeconds: 300 } },
      plain: { summary: 'For a quarter of an hour', value: {} },
    },
  },
  answer: {
    description: 'The token.',
    schema: embedTokenAnswer,
    examples: {
      token: {
        summary: 'A token',
        value: {
          token: 'cue_3f2a9c41b7d80e65.1795342500.cGVlcl8xMjM.EXAMPLEexampleEXAMPLEexampleEXAMPLEexampleE',
          expiresAt: '2026-11-22T10:15:00.000Z',
        },
      },
    },
  },
  badRequest: {
    path: 'expiresInSeconds',
    message: `expiresInSeconds must be a whole number from ${least} to ${most}`,
  },

  async handle({ key, peerId, body: { expiresInSeconds } }, { clock }: Pick<ChannelsContext, 'clock'>) {
    const now = clock();
    const wanted = now + expiresInSeconds * SECOND_MS;
    // A token says when it ends in whole seconds, and never later than it was asked to.
    const ends = Math.min(wanted, key.expiresAtInstant ?? wanted);
    const expiresAtInstant = Math.floor(ends / SECOND_MS) * SECOND_MS;
    return {
      token: makeToken(key, peerId, expiresAtInstant),
      expiresAt: new Date(expiresAtInstant).toISOString(),
    };
  },
});
