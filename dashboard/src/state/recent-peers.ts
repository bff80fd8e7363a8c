import * as z from 'zod/mini';
import { parseJson } from '../../../functions/shared/domain/parse-json.ts';

/** The peers that the reader opened last: their ids alone, for this tab, until the key is forgotten. */
export interface RecentPeers {
  /** The one that was opened last comes first. */
  read(): readonly string[];
  /** Notes a peer that was opened, and is there. */
  add(peerId: string): void;
  forget(): void;
}

const NAME = 'channel-usage-analytics.recent-peers';
const MOST = 8;

const ids = z.array(z.string());

/**
 * Where the browser lets no page store anything, none are known.
 *
 * @param storageOf gives the session storage of the tab; throws where there is none to be had
 */
export function recentPeers(
  storageOf: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
): RecentPeers {
  let storage: ReturnType<typeof storageOf>;
  try {
    storage = storageOf();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return { read: () => [], add: () => {}, forget: () => {} };
  }
  const read = () => z.safeParse(ids, parseJson(storage.getItem(NAME) ?? '')).data ?? [];
  return {
    read,
    add: (peerId) => {
      const others = read().filter((other) => other !== peerId);
      storage.setItem(NAME, JSON.stringify([peerId, ...others].slice(0, MOST)));
    },
    forget: () => storage.removeItem(NAME),
  };
}
