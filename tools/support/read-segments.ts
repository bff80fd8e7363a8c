import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import type { Key } from '../../functions/shared/store/items/keys.ts';
import type { ScannedPage, StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import type { ReadPace } from './read-pace.ts';

/** What a reading of the messages table works with. */
export interface SegmentReading {
  messages: Pick<StoredMessages, 'scan'>;
  /** That of all segments together. */
  pace: Pick<ReadPace, 'afterUse'>;
  /** Whose messages are read; without one those of all peers. */
  peerId?: string;
}

/** Where a segment is to be read on. */
export interface SegmentStart {
  after?: Key;
  /** Nothing of it is read any more. */
  isDone: boolean;
}

/**
 * Reads the segments of the messages table beside one another, and each page by page. Where something fails in one,
 * the others end with the page that they are at.
 *
 * @param starts those of all segments, in the order of their numbers
 * @param take deals with a page of a segment; the next one is read once it has
 */
export async function readSegments(
  { messages, pace, peerId }: SegmentReading,
  starts: readonly SegmentStart[],
  take: (page: ScannedPage, segment: number) => Promise<void>,
): Promise<void> {
  let isStopped = false;
  await mapConcurrently([...starts.entries()], starts.length, async ([segment, start]) => {
    let after = start.after;
    let isDone = start.isDone;
    try {
      while (!isDone && !isStopped) {
        const page = await messages.scan({ segment, of: starts.length }, after, peerId);
        await take(page, segment);
        after = page.next;
        isDone = after === undefined;
        if (!isDone) await pace.afterUse(page.readUnits);
      }
    } catch (error) {
      isStopped = true;
      throw error;
    }
  });
}
