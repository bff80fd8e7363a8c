import * as z from 'zod/mini';
import { component, described } from './described.ts';
import { MAX_CHARACTERS, MAX_UTF8_BYTES } from './identifier.ts';
import type { ShareLink } from './share-link.ts';

/** What is told of every share link. */
const shareLinkFields = {
  id: described(z.string(), 'The id of the link, which its key holds as well.'),
  label: described(
    z.exactOptional(z.string()),
    'What it is for, where somebody has said so. Whoever has the link can read it.',
  ),
  expiresAt: described(z.iso.datetime(), 'From then on the link does not work any more.'),
};

/** A share link, in an answer. */
const shareLinkAnswer = component(
  'ShareLink',
  'A share link, without its key.',
  z.object({
    ...shareLinkFields,
    createdAt: described(z.iso.datetime(), 'When it was made.'),
  }),
);

/** The answer with the share links of a peer. */
export const shareLinksAnswer = component(
  'ShareLinkList',
  'The share links of a peer.',
  z.object({
    shareLinks: described(z.array(shareLinkAnswer), 'Those that work, the newest first.'),
  }),
);

/** The answer with a new share link. */
export const newShareLinkAnswer = component(
  'ShareLinkWithKey',
  'A share link with its key, which is shown this once.',
  z.object({
    ...shareLinkFields,
    url: described(
      z.url(),
      'The link: the address of the dashboard, with the key behind `#`, where browsers keep it to themselves.',
    ),
    key: described(z.string(), 'The key of the link, an API key with the scope `stats:read` for this peer.'),
  }),
);

/** The one of the API description's examples. */
export const EXAMPLE_SHARE_LINK: z.output<typeof shareLinkAnswer> = {
  id: 'link8f14e45fceea167a',
  label: 'Board meeting',
  createdAt: '2026-11-22T10:00:00.000Z',
  expiresAt: '2026-12-22T10:00:00.000Z',
};

/** What an answer says of a share link. */
export function describeShareLink(link: ShareLink): z.output<typeof shareLinkAnswer> {
  const { id, label, createdAt, expiresAtInstant } = link;
  return {
    id,
    ...(label !== undefined && { label }),
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAtInstant).toISOString(),
  };
}

/** What the API description says that a label is. */
export const LABEL_WORDS = `What the link is for, such as for whom it is: 1 to ${MAX_CHARACTERS} characters, at most ${MAX_UTF8_BYTES} bytes in UTF-8. Whoever has the link can read it.`;
