import { type Channel, type ChannelStatus, labelOf } from '../shared/domain/channel.ts';
import { TooManyChannelsError } from '../shared/http/api-errors.ts';
import { Created, type PeerRequest } from '../shared/http/http.ts';
import { parseRequest } from '../shared/http/request-parsing.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import type { ChannelRegistry } from '../shared/store/channel-registry.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import { type ChannelsAnswer, type RegisteredChannel, setChannelBody, setChannelPath } from './contract.ts';

/** Answers with every channel of a peer, whatever its status, by id. */
export function getChannels(
  registry: Pick<ChannelRegistry, 'list'>,
): (request: PeerRequest) => Promise<ChannelsAnswer> {
  return async ({ peerId }) => {
    const channels = await registry.list(peerId);
    return {
      channels: channels.map(describe).sort((a, b) => (a.channelId < b.channelId ? -1 : 1)),
    };
  };
}

/**
 * Changes a channel of a peer, or registers it, and answers with the channel as it then is. Every change is
 * logged with the API key that made it; also where it changed nothing, as it may repeat one whose answer was
 * lost.
 */
export function putChannel(
  registry: Pick<ChannelRegistry, 'change'>,
  { clock, log, waiting }: Pick<Dependencies, 'clock' | 'log' | 'waiting'>,
): (request: PeerRequest) => Promise<RegisteredChannel | Created> {
  return async ({ requestId, key, peerId, path, json }) => {
    const { channelId } = parseRequest(setChannelPath, path, 'path');
    const given = parseRequest(setChannelBody, json(), 'body');
    const { channelName, galleryKey, status } = given;
    const change = {
      ...(channelName !== undefined && { registryName: channelName }),
      ...(galleryKey !== undefined && { registryGalleryKey: galleryKey }),
      ...(status !== undefined && { status }),
    };
    const changed = await retryOnConflict(waiting, () => registry.change(peerId, channelId, change, clock()));
    if (changed === 'peer_is_full') throw new TooManyChannelsError();
    const { before, after } = changed;
    log.info(before === undefined ? 'channel registered' : 'channel changed', {
      requestId,
      keyId: key.keyId,
      peerId,
      channelId,
      given: Object.keys(given),
      ...(before !== undefined && { before: loggedOf(before) }),
      after: loggedOf(after),
    });
    return before === undefined ? new Created(describe(after)) : describe(after);
  };
}

function describe(channel: Channel): RegisteredChannel {
  return {
    ...labelOf(channel),
    status: channel.status,
    registeredAt: new Date(channel.registeredAt).toISOString(),
  };
}

/** What the log may hold of what the registry says: a name may be that of a person. */
function loggedOf({ status, registryGalleryKey }: Channel): { status: ChannelStatus; galleryKey?: string } {
  return { status, ...(registryGalleryKey !== undefined && { galleryKey: registryGalleryKey }) };
}
