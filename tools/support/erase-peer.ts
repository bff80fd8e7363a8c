import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import { ErasedPeers } from '../../functions/shared/store/erased-peers.ts';
import {
  API_KEYS_PARTITION,
  isShareLinkItem,
  parseApiKeyItem,
} from '../../functions/shared/store/items/api-key.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { peerPartition } from '../../functions/shared/store/items/keys.ts';
import { kindFor } from '../../functions/shared/store/items/kinds.ts';
import { directoryKey } from '../../functions/shared/store/items/peer-directory-entry.ts';
import { QUARANTINE_PARTITIONS_PREFIX } from '../../functions/shared/store/items/quarantine-entry.ts';
import { parseSweepProgress } from '../../functions/shared/store/items/sweep-progress.ts';
import { PeerItems } from '../../functions/shared/store/peer-items.ts';
import { retryOnConflict } from '../../functions/shared/store/retry-on-conflict.ts';
import { WholeTable } from '../../functions/shared/store/whole-table.ts';
import type { Removed } from './purge-channel.ts';
import { type RemovingDependencies, removeMessages } from './remove-messages.ts';
import { namesIn, onePeer } from './to-forget.ts';
import type { ToolContext } from './tool.ts';
import type { Tables } from './usage-data.ts';

/** What erasing works with. */
export interface ErasingDependencies
  extends RemovingDependencies,
    Pick<Tables, 'usage'>,
    Pick<ToolContext, 'clock' | 'randomBytes'> {}

/** What became of a peer. */
export interface Erased {
  removed: Removed;
  /** What was sent until then is refused from now on. */
  erasedAt: EpochMillis;
}

const SECRET_BYTES = 32;
/**
 * Far longer than a transaction takes: a channel that was registered right before the erasing began may not be found by
 * a query yet, and would be left.
 */
const UNTIL_TRANSACTIONS_ARE_SEEN_MS = 1_000;

/**
 * Erases a peer. First it is said that it is being erased, so that nothing of it is counted or registered any more. Once
 * nothing is left of it, it is stored when it was erased: what is sent later is that of a new peer. Its messages that were
 * sent until then go last. It may end anywhere, and is to be begun again then.
 *
 * @param until what was sent until then is removed, where it is not to be all that was sent until now
 * @throws ContentionError where others get in the way time and again
 */
export async function erasePeer(
  dependencies: ErasingDependencies,
  peerId: string,
  until?: EpochMillis,
): Promise<Erased> {
  const { usage, clock, waiting, randomBytes } = dependencies;
  const erased = new ErasedPeers(usage);
  const items = new PeerItems(usage, { waiting, clock });
  const table = new WholeTable(usage);
  await retryOnConflict(waiting, () => erased.begin(peerId, randomBytes(SECRET_BYTES)));
  await waiting.pause(UNTIL_TRANSACTIONS_ARE_SEEN_MS);
  await table.remove(directoryKey(peerId));
  await items.purgeChannels(peerId);
  let removedItems = await items.removeAll(peerId);
  const elsewhere = await removeElsewhere(dependencies, peerId);
  await retryOnConflict(waiting, async () => {
    await table.remove(directoryKey(peerId));
    removedItems += await items.removeAll(peerId);
    await items.removeLast(peerId);
  });
  const erasedAt = until ?? clock();
  await erased.end(peerId, erasedAt);
  // Last of all: what was recorded meanwhile is refused, and goes as well.
  const messages = await removeMessages(dependencies, onePeer(peerId, erasedAt));
  return {
    removed: { messages, items: removedItems + elsewhere.items, apiKeys: elsewhere.apiKeys },
    erasedAt,
  };
}

/** Removes what is kept of a peer outside of its own partition. */
async function removeElsewhere(
  { usage, paced, progress }: ErasingDependencies,
  peerId: string,
): Promise<{ items: number; apiKeys: number }> {
  const table = new WholeTable(usage);
  const removed = { items: 0, apiKeys: 0 };
  for await (const { items, readUnits } of table.parts()) {
    for (const item of items) {
      const kind = kindFor(item, peerId);
      if ((kind === 'its own' && item['pk'] !== peerPartition(peerId)) || isAbout(item, peerId)) {
        await table.remove(item);
        if (isShareLinkItem(item)) removed.apiKeys += 1;
        else removed.items += 1;
      } else if (kind === 'names peers' && item['pk'] === API_KEYS_PARTITION) {
        removed.apiKeys += await removeFromKey(usage, item, peerId);
      } else if (kind === 'names peers') {
        await removeFromProgress(usage, item, peerId);
      }
    }
    progress(items.length);
    await paced(readUnits);
  }
  return removed;
}

/** Whether an item tells why a record was quarantined, whose own key names the peer in whatever way. */
function isAbout({ pk, itemKey: keys }: Item, peerId: string): boolean {
  if (!String(pk).startsWith(QUARANTINE_PARTITIONS_PREFIX)) return false;
  return namesIn({ keys }).some((named) => named.peerId === peerId);
}

/** Removes a key that is for this peer alone, and takes the peer away from one that is for others too. */
async function removeFromKey(
  usage: ErasingDependencies['usage'],
  item: Item,
  peerId: string,
): Promise<number> {
  const key = parseApiKeyItem(item);
  if (key.peers === 'all' || !key.peers.includes(peerId)) return 0;
  const peers = key.peers.filter((each) => each !== peerId);
  if (peers.length > 0) {
    await new ApiKeyStore(usage).replace({ ...key, peers });
    return 0;
  }
  await new WholeTable(usage).remove(item);
  return 1;
}

/** A sweep that had come as far as this peer begins its lane again: what it does may be done twice. */
async function removeFromProgress(
  { client, tableName }: ErasingDependencies['usage'],
  item: Item,
  peerId: string,
): Promise<void> {
  const { after, again, ...progress } = parseSweepProgress(item);
  if (after !== peerId && !again.includes(peerId)) return;
  const { pk, sk } = item;
  const left = {
    ...progress,
    ...(after !== undefined && after !== peerId && { after }),
    again: again.filter((each) => each !== peerId),
  };
  await client.send(new PutCommand({ TableName: tableName, Item: { pk, sk, ...left } }));
}
