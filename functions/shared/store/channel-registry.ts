import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Channel, type ChannelStatus, isNotPurged, isPurged } from '../domain/channel.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { ChannelStore, type RegistrationRefused } from './channel-store.ts';
import { isConditionFailure, queryAll, type Table } from './dynamodb.ts';
import { type Expressions, setAndRemove, together, withPrefix } from './expressions.ts';
import { channelKey, channelRange, IF_NOT_PURGED, parseChannel } from './items/channel.ts';
import { PeerDirectoryStore } from './peer-directory-store.ts';

/** What is to be changed of a channel: `null` takes the registry's away, what is left out stays. */
export interface ChannelChange {
  registryName?: string | null;
  registryGalleryKey?: string | null;
  status?: ChannelStatus;
}

/** A channel after a change; as it was before, too, where it was registered already. */
export interface ChangedChannel {
  before?: Channel;
  after: Channel;
}

/** What people say of channels, beside what messages say of them: the names, gallery keys and statuses. */
export class ChannelRegistry {
  readonly #table: Table;
  readonly #channels: ChannelStore;
  readonly #directory: PeerDirectoryStore;

  constructor(table: Table) {
    this.#table = table;
    this.#channels = new ChannelStore(table);
    this.#directory = new PeerDirectoryStore(table);
  }

  /** All channels of a peer, whatever their status, but those that were purged. */
  async list(peerId: string): Promise<Channel[]> {
    const items = await queryAll(this.#table, { ...withPrefix(channelRange(peerId)), ConsistentRead: true });
    return items.map(parseChannel).filter(isNotPurged);
  }

  /**
   * Changes a channel, and registers it where it is not registered yet. The same change again leaves the
   * same channel.
   *
   * @returns why it is not registered, where it is not, and may not be
   * @throws ConflictError, or what `isContention` knows, where others changed the same items; it may be tried
   *   again at once
   */
  async change(
    peerId: string,
    channelId: string,
    change: ChannelChange,
    now: EpochMillis,
  ): Promise<ChangedChannel | RegistrationRefused> {
    const changed = await this.#update(peerId, channelId, change);
    if (changed !== undefined) return changed;
    // First of all: a peer that is listed without a channel does no harm, and one with a channel that is not
    // listed would stay so until it has a message.
    await this.#directory.add(peerId);
    const result = await this.#channels.register(peerId, channelId, now, whatIsSet(change));
    if (typeof result === 'string') return result;
    if (result.isNew) return { after: result.channel };
    const changedAfterAll = await this.#update(peerId, channelId, change);
    if (changedAfterAll === undefined) throw new Error('a channel vanished while it was changed');
    return changedAfterAll;
  }

  /** Changes a channel that is registered, and nothing of what counting keeps in the same item. */
  async #update(
    peerId: string,
    channelId: string,
    change: ChannelChange,
  ): Promise<Required<ChangedChannel> | undefined> {
    const { client, tableName } = this.#table;
    try {
      const answer = await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: channelKey(peerId, channelId),
          ...together(IF_NOT_PURGED, updateOf(change)),
          ReturnValues: 'ALL_OLD',
        }),
      );
      const before = parseChannel(answer.Attributes ?? {});
      if (isPurged(before)) return undefined;
      return { before, after: applied(before, change) };
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return undefined;
    }
  }
}

function applied(channel: Channel, change: ChannelChange): Channel {
  const after = { ...channel, ...whatIsSet(change) };
  if (change.registryName === null) delete after.registryName;
  if (change.registryGalleryKey === null) delete after.registryGalleryKey;
  return after;
}

function whatIsSet({ registryName, registryGalleryKey, status }: ChannelChange): Partial<Channel> {
  return {
    ...(registryName != null && { registryName }),
    ...(registryGalleryKey != null && { registryGalleryKey }),
    ...(status !== undefined && { status }),
  };
}

/** The part of an update that changes something, which is nothing where nothing is to be changed. */
function updateOf(change: ChannelChange): Expressions {
  const taken = Object.entries(change).filter(([, value]) => value === null);
  return setAndRemove(
    whatIsSet(change),
    taken.map(([name]) => name),
  );
}
