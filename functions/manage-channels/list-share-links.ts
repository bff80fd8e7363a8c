import { workingLinks } from '../shared/domain/share-link.ts';
import {
  describeShareLink,
  EXAMPLE_SHARE_LINK,
  shareLinksAnswer,
} from '../shared/domain/share-link-answer.ts';
import { operation } from '../shared/http/operation.ts';
import type { ChannelsContext } from './context.ts';

/** Answers with the share links of a peer that work. */
export const listShareLinks = operation('listShareLinks', {
  tag: 'Sharing',
  summary: 'List share links',
  description:
    'Lists the share links of a peer that work: neither those that have expired, nor those that were revoked. The key ' +
    'of a link is shown once, when it is made.',
  answer: {
    description: 'The share links.',
    schema: shareLinksAnswer,
    examples: { one: { summary: 'One link', value: { shareLinks: [EXAMPLE_SHARE_LINK] } } },
  },

  async handle({ peerId }, { shareLinks, clock }: Pick<ChannelsContext, 'shareLinks' | 'clock'>) {
    const links = await shareLinks.list(peerId);
    return { shareLinks: workingLinks(links, clock()).map(describeShareLink) };
  },
});
