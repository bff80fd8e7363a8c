import { type ChannelIdentity, type ChannelKind, channelKind } from './channel-icons.ts';

// Each stands out by 3 to 1 or more on white and on the dark scheme's cards.
const PALETTE = {
  violet: '#7c5cdb',
  teal: '#0f8f83',
  amber: '#b87503',
  blue: '#2f7fd8',
  green: '#2f9447',
  pink: '#d0467f',
  indigo: '#5468e7',
  cyan: '#1587a8',
  orange: '#d2601f',
  olive: '#7f8a1e',
} as const;

/** For channels that share one colour because there are too many to tell apart. */
export const OTHER_COLOR = '#868e99';

const PREFERRED: Record<ChannelKind, string> = {
  slack: PALETTE.violet,
  email: PALETTE.amber,
  discord: PALETTE.indigo,
  whatsapp: PALETTE.green,
  telegram: PALETTE.cyan,
  webchat: PALETTE.teal,
  api: PALETTE.orange,
  direct: PALETTE.blue,
  custom: PALETTE.pink,
};

/**
 * A colour for each channel: that of its kind or, where another one has it, one that is free. Channels for
 * which none is left share `OTHER_COLOR`. Colours follow from which channels there are and not from their
 * order, so that they stay as they are when one channel overtakes another.
 *
 * @param known colours, by channel id, that channels have already
 * @returns `#rrggbb` by channel id
 */
export function channelColors(
  channels: readonly ChannelIdentity[],
  known: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const free = new Set<string>(Object.values(PALETTE));
  const colors = new Map<string, string>();
  const take = (channelId: string, color: string | undefined) => {
    if (color === undefined || !free.delete(color)) return false;
    colors.set(channelId, color);
    return true;
  };
  const byId = channels.toSorted((one, other) => (one.channelId < other.channelId ? -1 : 1));
  const left = byId
    .filter(({ channelId }) => !take(channelId, known.get(channelId)))
    .filter((channel) => !take(channel.channelId, PREFERRED[channelKind(channel)]));
  for (const { channelId } of left) {
    const [next] = free;
    if (!take(channelId, next)) colors.set(channelId, OTHER_COLOR);
  }
  return colors;
}
