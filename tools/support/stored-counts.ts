import * as z from 'zod/mini';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { dayOf, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { SortedByPeer } from './sorted-by-peer.ts';

/** How many messages of a channel's day are stored. */
export interface StoredCount {
  day: UtcDay;
  channelId: string;
  stored: number;
}

/** What is kept of a peer: nothing, as it may have no messages, or those of a channel's day. */
const counted = z.nullable(z.tuple([z.string(), z.string(), z.int().check(z.positive())]));

/** So many messages are in one file at most, as far as is known how many there are: what a file holds is read at once. */
const MESSAGES_PER_FILE = 250_000;
const MOST_FILES = 1_024;

/**
 * Counts the stored messages of peers by channel and day. The messages of a peer come spread over the whole table, so
 * that the counts of all peers would have to be in memory; they are kept in files. These hold ids of peers and channels,
 * and none of conversations.
 */
export class StoredCounts {
  readonly #sorted: SortedByPeer;

  private constructor(sorted: SortedByPeer) {
    this.#sorted = sorted;
  }

  /**
   * Does something with counts, and takes their files away.
   *
   * @param messages how many messages there are, about
   */
  static use<Result>(messages: number, task: (counts: StoredCounts) => Promise<Result>): Promise<Result> {
    const files = Math.min(MOST_FILES, Math.max(1, Math.ceil(messages / MESSAGES_PER_FILE)));
    return SortedByPeer.use(files, (sorted) => task(new StoredCounts(sorted)));
  }

  /** @throws ToolError where it cannot be kept */
  add(messages: readonly UserMessage[]): void {
    for (const ofPlace of Map.groupBy(messages, placeOf).values()) {
      const [first] = ofPlace;
      if (first === undefined) continue;
      const { peerId, channelId, sentAt } = first;
      this.#sorted.add(peerId, [dayOf(sentAt), channelId, ofPlace.length]);
    }
  }

  /** Adds peers that may have no stored message. @throws ToolError where they cannot be kept */
  addPeers(peerIds: readonly string[]): void {
    for (const peerId of peerIds) this.#sorted.add(peerId, null);
  }

  /** The counts of each peer, those of one file in memory at a time. */
  async *peers(): AsyncGenerator<{ peerId: string; counts: StoredCount[] }> {
    for await (const { peerId, found } of this.#sorted.peers()) {
      const counts = new Map<string, StoredCount>();
      for (const one of found) {
        const parsed = z.parse(counted, one);
        if (parsed === null) continue;
        const [day, channelId, stored] = parsed;
        const place = `${day}\n${channelId}`;
        counts.set(place, { day, channelId, stored: stored + (counts.get(place)?.stored ?? 0) });
      }
      yield { peerId, counts: [...counts.values()] };
    }
  }
}

function placeOf({ peerId, channelId, sentAt }: UserMessage): string {
  return `${peerId}\n${dayOf(sentAt)}\n${channelId}`;
}
