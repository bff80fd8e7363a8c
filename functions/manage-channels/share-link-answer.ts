import * as z from 'zod/mini';
import { component, described } from '../shared/domain/described.ts';
import { MAX_CHARACTERS, MAX_UTF8_BYTES } from '../shared/domain/identifier.ts';
import type { ShareLink } from '../shared/domain/share-link.ts';

/** What is told of every share link. */
export const shareLinkFields = {
  id: described(z.string(), 'The id of the link, which its key holds as well.'),
  label: described(
    z.exactOptional(z.string()),
    'What it is for, where somebody has said so. Whoever has the link can read it.',
  ),
  expiresAt: described(z.iso.datetime(), 'From then on the link does not work any more.'),
};

/** A share link, in an answer. */
export const shareLinkAnswer = component(
  'ShareLink',
  'A share link, without its key.',
  z.object({
    ...shareLinkFields,
    createdAt: described(z.iso.datetime(), 'When it was made.'),
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

/** A whole number of a body, both limits included. */
// @__NO_SIDE_EFFECTS__
export function wholeNumber(name: string, { least, most }: { least: number; most: number }) {
  const wrong = `${name} must be a whole number from ${least} to ${most}`;
  return z.int(wrong).check(z.minimum(least, wrong), z.maximum(most, wrong));
}
