import { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import { subtract } from '../../functions/shared/domain/metrics.ts';
import type { UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { ChannelFigures, type Paced } from '../../functions/shared/store/channel-figures.ts';
import { ConflictError } from '../../functions/shared/store/conflict.ts';
import { getItem, putIf, queryAll, type Table } from '../../functions/shared/store/dynamodb.ts';
import { IF_PRESENT, ifStill, withPrefix } from '../../functions/shared/store/expressions.ts';
import { HashSecretStore } from '../../functions/shared/store/hash-secret-store.ts';
import {
  ANALYTICS_GAPS_PREFIX,
  analyticsGapItem,
  parseAnalyticsGap,
} from '../../functions/shared/store/items/analytics-gap.ts';
import { GIVEN_UP_NOTIFICATIONS_PREFIX } from '../../functions/shared/store/items/given-up-notification.ts';
import {
  googleAnalyticsDayItem,
  parseGoogleAnalyticsDay,
} from '../../functions/shared/store/items/google-analytics-day.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { keyPart, peerPartition } from '../../functions/shared/store/items/keys.ts';
import { kindFor } from '../../functions/shared/store/items/kinds.ts';
import { identityOfImage, messageKey } from '../../functions/shared/store/items/message.ts';
import { mixpanelDayItem, parseMixpanelDay } from '../../functions/shared/store/items/mixpanel-day.ts';
import { notifiedPeerItem } from '../../functions/shared/store/items/notified-peer.ts';
import {
  parseQuarantineEntry,
  QUARANTINE_PARTITIONS_PREFIX,
} from '../../functions/shared/store/items/quarantine-entry.ts';
import { quarantineNoteKey } from '../../functions/shared/store/items/quarantine-note.ts';
import { parseRefusedRow, REFUSED_ROWS_PREFIX } from '../../functions/shared/store/items/refused-row.ts';
import { NOTIFICATIONS_PREFIX } from '../../functions/shared/store/items/waiting-notification.ts';
import { NotifiedPeers } from '../../functions/shared/store/notified-peers.ts';
import { PurgedChannels } from '../../functions/shared/store/purged-channels.ts';
import { QuarantineEntries } from '../../functions/shared/store/quarantine-entries.ts';
import { retryOnConflict } from '../../functions/shared/store/retry-on-conflict.ts';
import { WholeTable } from '../../functions/shared/store/whole-table.ts';
import type { ToolContext } from './tool.ts';
import type { Tables } from './usage-data.ts';

/** A channel that is to be purged. */
export interface ChannelToPurge {
  peerId: string;
  channelId: string;
}

/** What purging works with. */
export interface PurgingDependencies
  extends Pick<Tables, 'usage' | 'messages'>,
    Pick<ToolContext, 'clock' | 'waiting'> {
  paced: Paced;
  /** Is told how many items of the usage table were read. */
  progress: (items: number) => void;
}

/** How many items of each kind were removed or changed. */
export type Removed = Record<string, number>;

/**
 * Purges a channel: first it is said of the channel, so that counting refuses its messages; then its figures go, and then
 * its evidence and what else tells of it. It may end anywhere, and is to be begun again then.
 *
 * @returns nothing where there is no such channel
 * @throws ContentionError where others get in the way time and again
 */
export async function purgeChannel(
  dependencies: PurgingDependencies,
  channel: ChannelToPurge,
): Promise<Removed | undefined> {
  const { usage, waiting, paced } = dependencies;
  const { peerId, channelId } = channel;
  const number = await retryOnConflict(waiting, () => new PurgedChannels(usage).purge(peerId, channelId));
  if (number === undefined) return undefined;
  const counters = await new ChannelFigures(usage, dependencies, paced).remove(peerId, number);
  await new ChannelTraces(dependencies, channel).remove();
  return { counters, ...(await removeEvidence(dependencies, channel)) };
}

/** What exports and what was told keep of a channel. */
class ChannelTraces {
  readonly #dependencies: PurgingDependencies;
  readonly #channel: ChannelToPurge;

  constructor(dependencies: PurgingDependencies, channel: ChannelToPurge) {
    this.#dependencies = dependencies;
    this.#channel = channel;
  }

  async remove(): Promise<void> {
    const { usage, waiting } = this.#dependencies;
    const exported = withPrefix({ pk: peerPartition(this.#channel.peerId), prefix: 'EXPORT#' });
    for (const { pk, sk } of await queryAll(usage, { ...exported, ConsistentRead: true })) {
      await retryOnConflict(waiting, () => this.#fromExportedDay({ pk, sk }));
    }
    await retryOnConflict(waiting, () => this.#fromWhatWasTold());
  }

  async #fromExportedDay(key: Item): Promise<void> {
    const { usage } = this.#dependencies;
    const item = await getItem(usage, key);
    if (item === undefined) return;
    const [, target, day = ''] = String(key['sk']).split('#');
    const next = target === 'mixpanel' ? this.#ofMixpanel(item, day) : this.#ofGoogleAnalytics(item, day);
    if (next === undefined) return;
    const isStored = await putIf(ifStill('version', next.read), usage, next.item);
    if (!isStored) throw new ConflictError('an exported day was changed meanwhile');
  }

  #ofMixpanel(item: Item, day: UtcDay): { read: number; item: Item } | undefined {
    const { peerId, channelId } = this.#channel;
    const { version, exported, pending } = parseMixpanelDay(peerId, day, item);
    const left = pending.filter((row) => row.channelId !== channelId);
    if (!exported.has(channelId) && left.length === pending.length) return undefined;
    const next = { version: version + 1, exported: withoutKey(exported, channelId), pending: left };
    return { read: version, item: mixpanelDayItem(peerId, day, next) };
  }

  #ofGoogleAnalytics(item: Item, day: UtcDay): { read: number; item: Item } | undefined {
    const { peerId, channelId } = this.#channel;
    const { version, exported, total } = parseGoogleAnalyticsDay(item);
    const counts = exported.get(channelId);
    if (counts === undefined) return undefined;
    const next = {
      version: version + 1,
      exported: withoutKey(exported, channelId),
      // Else what others are used more would not be told before it is more than what was taken away.
      total: subtract(total, counts),
    };
    return { read: version, item: googleAnalyticsDayItem(peerId, day, next) };
  }

  async #fromWhatWasTold(): Promise<void> {
    const { usage } = this.#dependencies;
    const { peerId, channelId } = this.#channel;
    const told = await new NotifiedPeers(usage, []).read(peerId);
    const openFindings = told.openFindings.filter((finding) => finding.channelId !== channelId);
    if (openFindings.length === told.openFindings.length) return;
    const item = notifiedPeerItem(peerId, { ...told, openFindings, version: told.version + 1 });
    if (await putIf(ifStill('version', told.version), usage, item)) return;
    throw new ConflictError('what was told of the peer was changed meanwhile');
  }
}

function withoutKey<Value>(map: ReadonlyMap<string, Value>, removed: string): Map<string, Value> {
  return new Map([...map].filter(([key]) => key !== removed));
}

/** Removes archived windows, conversation markers, and what waits or failed that tells of a channel. */
async function removeEvidence(
  dependencies: PurgingDependencies,
  channel: ChannelToPurge,
): Promise<Omit<Removed, 'counters'>> {
  const { usage, paced, progress } = dependencies;
  const table = new WholeTable(usage);
  const quarantined = await QuarantinedOfChannel.of(dependencies, channel);
  const removed = { markers: 0, windows: 0, quarantined: 0, others: 0 };
  for await (const { items, readUnits } of table.parts()) {
    for (const item of items) {
      if (kindFor(item, channel.peerId) !== 'its own') continue;
      const kind = evidenceKind(item, channel);
      if (kind !== undefined) {
        await table.remove(item);
        removed[kind] += 1;
      } else if (await removeFromGap(usage, item, channel)) removed.others += 1;
      else if (await quarantined.remove(item)) removed.quarantined += 1;
    }
    progress(items.length);
    await paced(readUnits);
  }
  return removed;
}

/** What an item of the peer, all of which is to be removed with the channel, is; nothing where it stays. */
function evidenceKind(
  item: Item,
  { peerId, channelId }: ChannelToPurge,
): 'markers' | 'windows' | 'others' | undefined {
  const [pk, sk] = [String(item['pk']), String(item['sk'])];
  const part = keyPart(channelId);
  const own = peerPartition(peerId);
  if (pk.startsWith(`${own}#CONVERSATION#`)) return sk === `CHANNEL#${part}` ? 'markers' : undefined;
  if (pk.startsWith(`${own}#WINDOWS#`)) return pk.split('#')[4] === part ? 'windows' : undefined;
  if (pk.startsWith(REFUSED_ROWS_PREFIX)) {
    return parseRefusedRow(item).row.channelId === channelId ? 'others' : undefined;
  }
  if (pk.startsWith(NOTIFICATIONS_PREFIX) || pk.startsWith(GIVEN_UP_NOTIFICATIONS_PREFIX)) {
    return String(item['payload']).includes(`"channelId":${JSON.stringify(channelId)}`)
      ? 'others'
      : undefined;
  }
  return undefined;
}

/** Takes the channel out of what Google Analytics may lack. @returns whether it was in it */
async function removeFromGap(usage: Table, item: Item, { channelId }: ChannelToPurge): Promise<boolean> {
  if (!String(item['pk']).startsWith(ANALYTICS_GAPS_PREFIX)) return false;
  const gap = parseAnalyticsGap(item);
  const channels = gap.channels.filter((increase) => increase.channelId !== channelId);
  if (channels.length === gap.channels.length) return false;
  if (channels.length === 0 && gap.peer === undefined) await new WholeTable(usage).remove(item);
  else await putIf(IF_PRESENT, usage, analyticsGapItem({ ...gap, channels }));
  return true;
}

/** What was quarantined of messages of a channel, as far as they are stored: they tell their channel. */
class QuarantinedOfChannel {
  readonly #dependencies: PurgingDependencies;
  readonly #channel: ChannelToPurge;
  readonly #fingerprints: Fingerprints | undefined;

  private constructor(
    dependencies: PurgingDependencies,
    channel: ChannelToPurge,
    fingerprints: Fingerprints | undefined,
  ) {
    this.#dependencies = dependencies;
    this.#channel = channel;
    this.#fingerprints = fingerprints;
  }

  static async of(dependencies: PurgingDependencies, channel: ChannelToPurge): Promise<QuarantinedOfChannel> {
    const secret = await new HashSecretStore(dependencies.usage).read();
    return new QuarantinedOfChannel(dependencies, channel, secret && new Fingerprints(secret));
  }

  /** Removes an entry, with its note, where it is of the channel. @returns whether it is */
  async remove(item: Item): Promise<boolean> {
    if (!String(item['pk']).startsWith(QUARANTINE_PARTITIONS_PREFIX)) return false;
    const identity = identityOfImage(item['itemKey']);
    if (identity === undefined || this.#fingerprints === undefined) return false;
    const { usage, messages, waiting } = this.#dependencies;
    const stored = await getItem(messages, messageKey(identity));
    if (stored?.['channelId'] !== this.#channel.channelId) return false;
    const { peerId, conversationId } = identity;
    const hashed = {
      peerId,
      conversationHash: this.#fingerprints.ofConversation(peerId, conversationId),
      fingerprint: this.#fingerprints.ofMessage(identity),
    };
    await new WholeTable(usage).remove(quarantineNoteKey(hashed));
    await new QuarantineEntries(usage, waiting).remove(parseQuarantineEntry(item));
    return true;
  }
}
