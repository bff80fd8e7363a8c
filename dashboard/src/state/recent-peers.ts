import * as z from 'zod/mini';
import { parseJson } from '../../../functions/shared/domain/parse-json.ts';

/** The peers that the reader opened last: their ids alone, for this tab, until the key is forgotten. */
export interface RecentPeers {
  /** The one that was opened last comes first. The same list as before, where nothing has changed. */
  read(): readonly string[];
  /** Calls back whenever they have changed. @returns ends that */
  subscribe(changed: () => void): () => void;
  /** Notes a peer that was opened, and is there. */
  add(peerId: string): void;
  forget(): void;
}

const NAME = 'channel-usage-analytics.recent-peers';
const MOST = 8;
const NONE: readonly string[] = [];

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
    return { read: () => NONE, subscribe: () => () => {}, add: () => {}, forget: () => {} };
  }
  let known = z.safeParse(ids, parseJson(storage.getItem(NAME) ?? '')).data ?? NONE;
  const listeners = new Set<() => void>();
  const become = (peerIds: readonly string[]) => {
    known = peerIds;
    for (const changed of listeners) changed();
  };
  return {
    read: () => known,
    subscribe: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    add: (peerId) => {
      const others = known.filter((other) => other !== peerId);
      const peerIds = [peerId, ...others].slice(0, MOST);
      storage.setItem(NAME, JSON.stringify(peerIds));
      become(peerIds);
    },
    forget: () => {
      storage.removeItem(NAME);
      become(NONE);
    },
  };
}
