import * as z from 'zod/mini';
import { CHANNEL_STATUSES, channelLabelFields } from '../shared/domain/channel.ts';
import { identifier } from '../shared/domain/identifier.ts';

/** A channel of the registry. */
export const registeredChannel = z.object({
  ...channelLabelFields,
  status: z.enum(CHANNEL_STATUSES),
  registeredAt: z.iso.datetime(),
});
export type RegisteredChannel = z.output<typeof registeredChannel>;

/** The answer with all channels of a peer. */
export const channelsAnswer = z.object({ channels: z.array(registeredChannel) });
export type ChannelsAnswer = z.output<typeof channelsAnswer>;

/** The path of a request that sets a channel, beside its peer. */
export const setChannelPath = z.object({ channelId: identifier('channelId') });

/**
 * The body of a request that sets a channel: what is left out stays as it is, and `null` takes away what the
 * registry holds.
 */
export const setChannelBody = z.strictObject(
  {
    channelName: z.exactOptional(z.nullable(identifier('channelName'))),
    galleryKey: z.exactOptional(z.nullable(identifier('galleryKey'))),
    status: z.exactOptional(z.enum(CHANNEL_STATUSES, `status must be one of ${CHANNEL_STATUSES.join(', ')}`)),
  },
  'the body must be an object with any of channelName, galleryKey and status',
);
