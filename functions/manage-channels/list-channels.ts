import * as z from 'zod/mini';
import { component, described } from '../shared/domain/described.ts';
import { operation } from '../shared/http/operation.ts';
import type { ChannelsContext } from './context.ts';
import { describeChannel, EXAMPLE_CHANNEL, registeredChannel } from './registered-channel.ts';

/** The answer with all channels of a peer. */
export const channelsAnswer = component(
  'ChannelList',
  'The channels of a peer.',
  z.object({
    channels: described(z.array(registeredChannel), 'Every channel, whatever its status, by `channelId`.'),
  }),
);

/** Answers with every channel of a peer. */
export const listChannels = operation('listChannels', {
  tag: 'Channels',
  summary: 'List channels',
  description:
    'Lists every channel of a peer, whatever its status. A channel registers itself with its first message.',
  answer: {
    description: 'The channels.',
    schema: channelsAnswer,
    examples: {
      channels: {
        summary: 'Two channels',
        value: {
          channels: [
            {
              channelId: 'direct',
              channelName: 'Direct/Web',
              status: 'disabled',
              registeredAt: '2025-03-10T08:30:00.000Z',
            },
            EXAMPLE_CHANNEL,
          ],
        },
      },
    },
  },

  async handle({ peerId }, { registry }: Pick<ChannelsContext, 'registry'>) {
    const channels = await registry.list(peerId);
    return {
      channels: channels.map(describeChannel).sort((a, b) => (a.channelId < b.channelId ? -1 : 1)),
    };
  },
});
