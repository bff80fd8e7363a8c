import * as z from 'zod/mini';
import type { ShareLink } from '../../domain/share-link.ts';
import { type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

/** The list of a peer's share links, which goes up by one with every change. */
export interface ShareLinkList {
  /** 0 where there is none yet. */
  revision: number;
  links: ShareLink[];
}

const shareLinks = z.object({
  revision: z.int(),
  links: z.array(
    z.object({
      id: z.string(),
      label: z.exactOptional(z.string()),
      createdAt: z.int(),
      expiresAtInstant: z.int(),
    }),
  ),
});

/** The key of the list of a peer's share links. */
export function shareLinksKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'SHARE_LINKS' };
}

/** The list of a peer's share links. */
export function shareLinksItem(peerId: string, list: ShareLinkList): Item {
  return { ...shareLinksKey(peerId), ...list };
}

/** @throws MalformedItemError */
export function parseShareLinks(item: Item): ShareLinkList {
  return parseItem(shareLinks, item, 'list of share links');
}
