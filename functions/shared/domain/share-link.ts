import type { ApiKeyRecord, Scope } from './api-key.ts';
import type { EpochMillis } from './utc-day.ts';

/** How many links of a peer may work at a time: more than anybody keeps in mind, and a short list. */
export const MAX_SHARE_LINKS_PER_PEER = 50;

/** For how many days a link works. */
export const SHARE_LINK_DAYS = { least: 1, most: 400, default: 30 };

/** What whoever has a share link may do. It is not stored: what is stored cannot allow more. */
export const SHARE_LINK_SCOPES: readonly Scope[] = ['stats:read'];

/** What the ids of share links begin with: letters that no id has which was made for another key. */
export const SHARE_LINK_ID_PREFIX = 'link';

const SHARE_LINK_ID = /^link[0-9a-f]{16}$/;

/** A share link as its peer's list has it: nothing of its key but the id. */
export interface ShareLink {
  /** The id of its key. */
  id: string;
  label?: string;
  createdAt: EpochMillis;
  /** From this instant on it does not work any more. */
  expiresAtInstant: EpochMillis;
}

/** The key of a share link: for one peer, and not for ever. */
export interface ShareLinkRecord extends ApiKeyRecord {
  peers: [string];
  expiresAtInstant: EpochMillis;
}

/** Whether a key of this id is that of a share link. */
export function isShareLinkId(keyId: string): boolean {
  return SHARE_LINK_ID.test(keyId);
}

/** The links that still work at an instant, the newest first. */
export function workingLinks(links: readonly ShareLink[], now: EpochMillis): ShareLink[] {
  return links
    .filter(({ expiresAtInstant }) => now < expiresAtInstant)
    .toSorted((one, other) => other.createdAt - one.createdAt);
}
