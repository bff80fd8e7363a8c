import * as z from 'zod/mini';
import { type Channel, type ChannelStatus, MAX_CHANNELS_PER_PEER } from '../shared/domain/channel.ts';
import {
  channelChange,
  describeChannel,
  EXAMPLE_CHANNEL,
  registeredChannel,
  WRONG_STATUS,
} from '../shared/domain/registered-channel.ts';
import { Created } from '../shared/http/answers.ts';
import {
  ChannelPurgedError,
  ServiceUnavailableError,
  TooManyChannelsError,
} from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { pathIdentifier } from '../shared/http/parameters.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import type { ChannelsContext } from './context.ts';

/**
 * Changes a channel of a peer, or registers it, and answers with the channel as it then is. Every change is
 * logged with the API key that made it; also where it changed nothing, as it may repeat one whose answer was
 * lost.
 */
export const setChannel = operation('setChannel', {
  tag: 'Channels',
  summary: 'Set a channel',
  description: [
    "Sets a channel's name, gallery key and status, and registers it where it is not registered yet: an empty " +
      'object does nothing else.',
    '',
    'What is given is set, `null` takes away what was set, and what is left out stays as it is: sending the ' +
      'same request again is safe.',
    '',
    `A peer has at most ${MAX_CHANNELS_PER_PEER} channels. One that is removed keeps its history and its place ` +
      'among them.',
  ],
  path: z.object({
    channelId: pathIdentifier('channelId', {
      description: 'The channel, which need not be there yet.',
      example: EXAMPLE_CHANNEL.channelId,
    }),
  }),
  body: {
    description: 'What to set.',
    schema: channelChange,
    examples: {
      name: { summary: 'A name and a kind', value: { channelName: 'Support desk', galleryKey: 'webchat' } },
      disable: { summary: 'Another status', value: { status: 'disabled' } },
      unname: { summary: 'No name of its own any more', value: { channelName: null } },
    },
  },
  answer: {
    description: 'The channel as it is now.',
    schema: registeredChannel,
    examples: { channel: { summary: 'A channel with a name of its own', value: EXAMPLE_CHANNEL } },
  },
  created: 'The channel, which was registered by this request.',
  badRequest: { path: 'status', message: WRONG_STATUS },
  errors: { 409: 'ChannelRefused' },

  async handle(
    { requestId, key, peerId, path: { channelId }, body },
    { registry, clock, log, waiting }: Pick<ChannelsContext, 'registry' | 'clock' | 'log' | 'waiting'>,
  ) {
    const { channelName, galleryKey, status } = body;
    const change = {
      ...(channelName !== undefined && { registryName: channelName }),
      ...(galleryKey !== undefined && { registryGalleryKey: galleryKey }),
      ...(status !== undefined && { status }),
    };
    const changed = await retryOnConflict(waiting, () => registry.change(peerId, channelId, change, clock()));
    if (typeof changed === 'string') throw new REFUSALS[changed]();
    const { before, after } = changed;
    log.info(before === undefined ? 'channel registered' : 'channel changed', {
      requestId,
      keyId: key.keyId,
      peerId,
      channelId,
      given: Object.keys(body),
      ...(before !== undefined && { before: loggedOf(before) }),
      after: loggedOf(after),
    });
    return before === undefined ? new Created(describeChannel(after)) : describeChannel(after);
  },
});

/** The peer is being erased: when that is done, a channel of a new one can be made. */
class ErasingError extends ServiceUnavailableError {
  constructor() {
    super('the peer is being erased');
  }
}

const REFUSALS = {
  peer_is_full: TooManyChannelsError,
  channel_purged: ChannelPurgedError,
  peer_erased: ErasingError,
} as const;

/** What the log may hold of what the registry says: a name may be that of a person. */
function loggedOf({ status, registryGalleryKey }: Channel): { status: ChannelStatus; galleryKey?: string } {
  return { status, ...(registryGalleryKey !== undefined && { galleryKey: registryGalleryKey }) };
}
