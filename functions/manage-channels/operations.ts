import type { ApiOperations } from '../shared/http/operation.ts';
import type { ChannelsContext } from './context.ts';
import { getHealthSettings } from './get-health-settings.ts';
import { listChannels } from './list-channels.ts';
import { listShareLinks } from './list-share-links.ts';
import { makeEmbedToken } from './make-embed-token.ts';
import { makeShareLink } from './make-share-link.ts';
import { revokeShareLink } from './revoke-share-link.ts';
import { setChannel } from './set-channel.ts';
import { setHealthSettings } from './set-health-settings.ts';

/** The operations of this function, by the names of their routes. */
export const CHANNEL_OPERATIONS: ApiOperations<'manage-channels', ChannelsContext> = {
  listChannels,
  setChannel,
  getHealthSettings,
  setHealthSettings,
  listShareLinks,
  makeShareLink,
  revokeShareLink,
  makeEmbedToken,
};
