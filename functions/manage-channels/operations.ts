import type { ApiOperations } from '../shared/http/operation.ts';
import type { ChannelsContext } from './context.ts';
import { getHealthSettings } from './get-health-settings.ts';
import { listChannels } from './list-channels.ts';
import { setChannel } from './set-channel.ts';
import { setHealthSettings } from './set-health-settings.ts';

/** The operations of this function, by the names of their routes. */
export const CHANNEL_OPERATIONS: ApiOperations<'manage-channels', ChannelsContext> = {
  listChannels,
  setChannel,
  getHealthSettings,
  setHealthSettings,
};
