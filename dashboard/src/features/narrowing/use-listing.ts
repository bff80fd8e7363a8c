import { useQuery } from '@tanstack/react-query';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { allTimeQuery, type HiddenChannels, hiddenChannelsQuery } from '../../api/queries.ts';
import { useApi, usePoll } from '../../api/session.tsx';
import type { View } from '../../state/view.ts';

/** Which of a peer's channels a view is about. */
export interface Listing {
  /** Those that are listed beside the enabled ones. */
  hidden: HiddenChannels;
  /** The one that the page is narrowed to; nothing where it is not, and where the peer has no such channel. */
  channelId: string | undefined;
  /** The one that the view names, and the peer has not. */
  unknownChannelId: string | undefined;
  /** Whether it is still being looked for. */
  isSought: boolean;
  /** All-time figures of what is listed, which tell when to ask for others again. */
  followed: ChannelStats | undefined;
}

/**
 * Finds the channel that a view is narrowed to, also where it is disabled or removed: links to it are older than
 * that.
 */
export function useListing(peerId: string, { narrowing, showsDisabled }: View): Listing {
  const api = useApi();
  const poll = usePoll();
  const { channelId } = narrowing;
  const { data: enabled } = useQuery(allTimeQuery(api, poll, peerId));
  const isHidden = channelId !== undefined && enabled !== undefined && !has(enabled, channelId);
  const asked = isHidden ? 'disabled,removed' : showsDisabled ? 'disabled' : undefined;
  const { data: all } = useQuery(hiddenChannelsQuery(api, poll, peerId, asked));
  const isUnknown = isHidden && all !== undefined && !has(all, channelId);
  const shown = showsDisabled ? 'disabled' : undefined;
  return {
    hidden: isUnknown ? shown : asked,
    channelId: isUnknown ? undefined : channelId,
    unknownChannelId: isUnknown ? channelId : undefined,
    isSought: channelId !== undefined && (enabled === undefined || (isHidden && all === undefined)),
    followed: asked === undefined ? enabled : all,
  };
}

function has({ channels }: ChannelStats, channelId: string): boolean {
  return channels.some((channel) => channel.channelId === channelId);
}
