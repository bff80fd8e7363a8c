import * as z from 'zod/mini';
import { EXAMPLE_SHARE_LINK } from '../shared/domain/share-link-answer.ts';
import { NoContent } from '../shared/http/answers.ts';
import { NotFoundError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { pathIdentifier } from '../shared/http/parameters.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import type { ChannelsContext } from './context.ts';

/** Revokes a share link of a peer. It is logged, also where the link was revoked before. */
export const revokeShareLink = operation('revokeShareLink', {
  tag: 'Sharing',
  summary: 'Revoke a share link',
  description:
    'Revokes a share link for good: it stops working within 60 seconds. Sending the same request again is safe. A link ' +
    'of another peer is a 404, and so is one that has been expired for 30 days.',
  path: z.object({
    id: pathIdentifier('id', { description: 'The id of the link.', example: EXAMPLE_SHARE_LINK.id }),
  }),
  answer: { status: 204, description: 'The link is revoked. There is no body.' },

  async handle(
    { requestId, key, peerId, path: { id } },
    { shareLinks, clock, log, waiting }: Pick<ChannelsContext, 'shareLinks' | 'clock' | 'log' | 'waiting'>,
  ) {
    const isRevoked = await retryOnConflict(waiting, () => shareLinks.revoke(peerId, id, clock()));
    if (!isRevoked) throw new NotFoundError('the peer has no share link of this id');
    log.info('share link revoked', { requestId, keyId: key.keyId, peerId, shareLinkId: id });
    return new NoContent();
  },
});
