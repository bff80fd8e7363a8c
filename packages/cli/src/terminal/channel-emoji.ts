import {
  type ChannelIdentity,
  type ChannelKind,
  channelKind,
} from '../../../../dashboard/shared/channel-icons.ts';

/**
 * A sign of each kind of channel. Every terminal draws these two columns wide: signs that a variation selector
 * makes wide, as that of a desktop computer is, are drawn one column wide by many, and move the edge of the box.
 */
const EMOJI: Readonly<Record<ChannelKind, string>> = {
  slack: '💬',
  email: '📧',
  discord: '🎮',
  whatsapp: '📱',
  telegram: '🛫',
  webchat: '🌐',
  api: '🔌',
  direct: '💻',
  sms: '📟',
  teams: '👥',
  instagram: '📷',
  line: '💚',
  messenger: '💭',
  voice: '📞',
  custom: '🧩',
};

/** The sign of a channel's kind. */
export function channelEmoji(channel: ChannelIdentity): string {
  return EMOJI[channelKind(channel)];
}
