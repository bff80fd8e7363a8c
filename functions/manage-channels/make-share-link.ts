import * as z from 'zod/mini';
import { makeShareLink as makeLink } from '../shared/domain/api-key-text.ts';
import { dashboardLink } from '../shared/domain/dashboard-link.ts';
import { component, described } from '../shared/domain/described.ts';
import { identifier } from '../shared/domain/identifier.ts';
import { MAX_SHARE_LINKS_PER_PEER, SHARE_LINK_DAYS } from '../shared/domain/share-link.ts';
import { EXAMPLE_SHARE_LINK, LABEL_WORDS, newShareLinkAnswer } from '../shared/domain/share-link-answer.ts';
import { DAY_MS } from '../shared/domain/utc-day.ts';
import { Created } from '../shared/http/answers.ts';
import { ServiceUnavailableError, TooManyShareLinksError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import type { ChannelsContext } from './context.ts';
import { wholeNumber } from './whole-number.ts';

const { least, most } = SHARE_LINK_DAYS;

const shareLinkRequest = component(
  'ShareLinkRequest',
  'What link to make. Unknown fields are refused.',
  z.strictObject(
    {
      expiresInDays: described(
        z._default(wholeNumber('expiresInDays', SHARE_LINK_DAYS), SHARE_LINK_DAYS.default),
        'For how many days the link works.',
      ),
      label: described(z.exactOptional(identifier('label')), LABEL_WORDS),
    },
    'the body must be an object with any of expiresInDays and label',
  ),
);

const { createdAt: _, ...EXAMPLE } = EXAMPLE_SHARE_LINK;
const EXAMPLE_KEY = `cua_${EXAMPLE.id}_EXAMPLEexampleEXAMPLEexample`;

/** Makes a share link of a peer. It is logged with the API key that made it, without its own. */
export const makeShareLink = operation('makeShareLink', {
  tag: 'Sharing',
  summary: 'Make a share link',
  description: [
    'Makes a link to the dashboard that shows the figures of this one peer, and nothing else, to whoever has it, until it ' +
      'expires or is revoked. It is a bearer secret: whoever gets hold of it sees the same.',
    '',
    `A peer has at most ${MAX_SHARE_LINKS_PER_PEER} links that work at a time. Each request makes another one: where an ` +
      'answer is lost, the list shows what it has made.',
    '',
    'A link stays when the API key that made it is revoked.',
  ],
  body: {
    description: 'For how long, and what for.',
    schema: shareLinkRequest,
    examples: {
      labelled: { summary: 'For a week', value: { expiresInDays: 7, label: 'Board meeting' } },
      plain: { summary: 'For 30 days', value: {} },
    },
  },
  answer: {
    status: 201,
    description: 'The link.',
    schema: newShareLinkAnswer,
    examples: {
      link: {
        summary: 'A link',
        value: {
          ...EXAMPLE,
          url: `https://usage.example.com/?peer=peer_123#key=${EXAMPLE_KEY}`,
          key: EXAMPLE_KEY,
        },
      },
    },
  },
  badRequest: {
    path: 'expiresInDays',
    message: `expiresInDays must be a whole number from ${least} to ${most}`,
  },
  errors: { 409: 'ShareLinkRefused' },

  async handle(
    { requestId, key: maker, peerId, body: { expiresInDays, label } },
    context: Pick<
      ChannelsContext,
      'shareLinks' | 'clock' | 'log' | 'randomBytes' | 'waiting' | 'dashboardUrl'
    >,
  ) {
    const { shareLinks, clock, log, randomBytes, waiting, dashboardUrl } = context;
    const now = clock();
    const expiresAtInstant = now + expiresInDays * DAY_MS;
    const wanted = { peerId, expiresAtInstant, ...(label !== undefined && { label }) };
    const { key, record } = makeLink(wanted, now, randomBytes);
    const refused = await retryOnConflict(waiting, () => shareLinks.add(record, now));
    if (refused === 'too_many') throw new TooManyShareLinksError();
    if (refused === 'peer_erased') throw new ServiceUnavailableError('the peer is being erased');
    const expiresAt = new Date(expiresAtInstant).toISOString();
    log.info('share link made', {
      ...{ requestId, keyId: maker.keyId, peerId, shareLinkId: record.keyId, expiresAt },
    });
    return new Created({
      id: record.keyId,
      url: `${dashboardLink(dashboardUrl(), { peerId })}#key=${key}`,
      key,
      expiresAt,
      ...(label !== undefined && { label }),
    });
  },
});
