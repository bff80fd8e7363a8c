import { inkOn } from '../../shared/channel-colors.ts';
import { CHANNEL_ICONS, type ChannelIdentity, channelKind } from '../../shared/channel-icons.ts';
import './channel-mark.css';

export interface ChannelMarkProps {
  channel: ChannelIdentity;
  /** `#rrggbb` */
  color: string;
}

/** The icon of a channel's kind, on its colour. The name beside it says what it is. */
export function ChannelMark({ channel, color }: ChannelMarkProps) {
  const { viewBox, path } = CHANNEL_ICONS[channelKind(channel)];
  return (
    <span className="channel-mark" style={{ background: color, color: inkOn(color) }}>
      <svg viewBox={viewBox} aria-hidden="true">
        <path d={path} />
      </svg>
    </span>
  );
}
