import * as z from 'zod';
import type { Paced } from '../../functions/shared/store/channel-figures.ts';
import { type Key, keyOfImage } from '../../functions/shared/store/items/keys.ts';
import { StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import type { ToForget } from './to-forget.ts';
import type { ToolContext } from './tool.ts';
import type { Tables } from './usage-data.ts';

/** What removing messages works with. */
export interface RemovingDependencies extends Pick<Tables, 'messages'>, Pick<ToolContext, 'waiting'> {
  paced: Paced;
  /** Is told how many items were read. */
  progress: (items: number) => void;
}

/**
 * Reads the messages table through, and removes all items that name whoever is to be forgotten, under whatever key.
 *
 * @returns how many there were
 */
export async function removeMessages(
  { messages, waiting, paced, progress }: RemovingDependencies,
  toForget: ToForget,
): Promise<number> {
  const stored = new StoredMessages(messages);
  let removed = 0;
  let after: Key | undefined;
  do {
    const page = await stored.scanAll(after);
    const gone = page.images.filter((image) => toForget.fateOf({ image }) !== 'stays');
    await stored.remove(
      gone.map((image) => z.parse(keyOfImage(), image)),
      waiting.pause,
    );
    removed += gone.length;
    after = page.next;
    progress(page.examined);
    await paced(page.readUnits);
  } while (after !== undefined);
  return removed;
}
