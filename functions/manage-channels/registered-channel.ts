import * as z from 'zod/mini';
import {
  CHANNEL_STATUSES,
  type Channel,
  channelLabelFields,
  EXAMPLE_LABEL,
  labelOf,
} from '../shared/domain/channel.ts';

import { component, described } from '../shared/domain/described.ts';

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
