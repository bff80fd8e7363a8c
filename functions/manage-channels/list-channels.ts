import { channelsAnswer, describeChannel, EXAMPLE_CHANNEL } from '../shared/domain/registered-channel.ts';
import { operation } from '../shared/http/operation.ts';
import type { ChannelsContext } from './context.ts';

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
