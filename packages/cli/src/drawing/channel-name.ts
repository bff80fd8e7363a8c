import type { ChannelIdentity } from '../../../../dashboard/shared/channel-icons.ts';
import { displayNames, namedBy } from '../../../../functions/shared/domain/display-names.ts';
import { channelEmoji } from '../terminal/channel-emoji.ts';
import { safeName } from '../terminal/safe-text.ts';

interface NamedChannel extends ChannelIdentity {
  channelName: string;
}

/** What channels are called beside each other: with their signs, and with their ids where names are the same. */
export function channelNames(channels: readonly NamedChannel[]): (channel: NamedChannel) => string {
  const names = displayNames(channels);
  return (channel) => {
    const name = names.get(channel.channelId) ?? { name: channel.channelName };
    return `${channelEmoji(channel)} ${namedBy(name, safeName)}`;
  };
}
