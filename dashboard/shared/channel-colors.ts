import { type ChannelIdentity, type ChannelKind, channelKind } from './channel-icons.ts';

/**
 * The ten colours of M. A. Petroff, "Accessible Color Sequences for Data Visualization" (2021, arXiv:2107.02270).
 * Two of them are told apart also by those who see no red or no green. Those that stand out by less than 3 to 1 from
 * one of the two schemes' backgrounds have an edge that does (docs/decisions/039-colours-told-apart.md).
 */
const PALETTE = {
  blue: '#3f90da',
  yellow: '#ffa90e',
  red: '#bd1f01',
  ash: '#94a4a2',
  purple: '#832db6',
  brown: '#a96b59',
  orange: '#e76300',
  tan: '#b9ac70',
  cyan: '#92dadd',
} as const;

/** For channels that share one colour because there are too many to tell apart: the tenth one. */
export const OTHER_COLOR = '#717581';

/** The lightness of each colour in CIELAB, from 0 to 100: what is left of a colour in greyscale. */
export const LIGHTNESS: ReadonlyMap<string, number> = new Map<string, number>([
  [PALETTE.purple, 38],
  [PALETTE.red, 41],
  [OTHER_COLOR, 49],
  [PALETTE.brown, 51],
  [PALETTE.blue, 58],
  [PALETTE.orange, 58],
  [PALETTE.ash, 66],
  [PALETTE.tan, 70],
  [PALETTE.yellow, 76],
  [PALETTE.cyan, 83],
]);

/** Up to so light a colour, white stands out from it more than black does. */
const DARK_UP_TO = 50;

/** What is drawn on a colour of this palette: black or white, by which it stands out. */
export function inkOn(color: string): string {
  return (LIGHTNESS.get(color) ?? 0) > DARK_UP_TO ? '#000' : '#fff';
}

/** How many channels have a colour of their own. */
export const MOST_COLORED = Object.keys(PALETTE).length;

const PREFERRED: Record<ChannelKind, string> = {
  slack: PALETTE.purple,
  email: PALETTE.yellow,
  discord: PALETTE.brown,
  whatsapp: PALETTE.tan,
  telegram: PALETTE.cyan,
  webchat: PALETTE.blue,
  api: PALETTE.orange,
  direct: PALETTE.ash,
  sms: PALETTE.orange,
  teams: PALETTE.purple,
  instagram: PALETTE.red,
  line: PALETTE.tan,
  messenger: PALETTE.blue,
  voice: PALETTE.brown,
  custom: PALETTE.red,
};

/**
 * A colour for each channel: that of its kind or, where another one has it, one that is free. Channels for
 * which none is left share `OTHER_COLOR`. Colours follow from which channels there are and not from their
 * order, so that they stay as they are when one channel overtakes another, and a kind looks alike at every peer.
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
