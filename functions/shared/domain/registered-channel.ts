import * as z from 'zod/mini';
import { CHANNEL_STATUSES, type Channel, channelLabelFields, EXAMPLE_LABEL, labelOf } from './channel.ts';
import { component, described } from './described.ts';
import { IDENTIFIER_WORDS, identifier } from './identifier.ts';

/** A channel of the registry, in an answer. */
export const registeredChannel = component(
  'Channel',
  'A channel, as the registry and its messages name it.',
  z.object({
    ...channelLabelFields,
    status: described(
      z.enum(CHANNEL_STATUSES),
      '`enabled` channels are listed in statistics; `disabled` and `removed` ones where `include` asks for them.',
    ),
    registeredAt: described(
      z.iso.datetime(),
      'When it was registered, by a request or by its first message.',
    ),
  }),
);
export type RegisteredChannel = z.output<typeof registeredChannel>;

/** The one of the API description's examples. */
export const EXAMPLE_CHANNEL: RegisteredChannel = {
  ...EXAMPLE_LABEL,
  channelName: 'Support desk',
  status: 'enabled',
  registeredAt: '2025-03-12T14:05:41.120Z',
};

/** What an answer says of a channel. */
export function describeChannel(channel: Channel): RegisteredChannel {
  return {
    ...labelOf(channel),
    status: channel.status,
    registeredAt: new Date(channel.registeredAt).toISOString(),
  };
}

/** The answer with all channels of a peer. */
export const channelsAnswer = component(
  'ChannelList',
  'The channels of a peer.',
  z.object({
    channels: described(z.array(registeredChannel), 'Every channel, whatever its status, by `channelId`.'),
  }),
);

export const WRONG_STATUS = `status must be one of ${CHANNEL_STATUSES.join(', ')}`;

/** What to set of a channel. */
export const channelChange = component(
  'ChannelChange',
  'What to set of a channel. What is left out stays as it is; unknown fields are refused.',
  z.strictObject(
    {
      channelName: described(
        z.exactOptional(z.nullable(identifier('channelName'))),
        `A name for the channel, which beats the one in messages. ${IDENTIFIER_WORDS}. \`null\` takes it away, so ` +
          'that the one in messages, or the one that the channel has by default, shows again.',
      ),
      galleryKey: described(
        z.exactOptional(z.nullable(identifier('galleryKey'))),
        `The kind of integration, such as \`slack\`, which beats the one in messages. ${IDENTIFIER_WORDS}. ` +
          '`null` takes it away.',
      ),
      status: described(
        z.exactOptional(z.enum(CHANNEL_STATUSES, WRONG_STATUS)),
        'Whether statistics list the channel without being asked for it. Messages count whatever it is, and do ' +
          'not change it. A channel that is registered without one is `enabled`.',
      ),
    },
    'the body must be an object with any of channelName, galleryKey and status',
  ),
);
export type ChannelChange = z.output<typeof channelChange>;
