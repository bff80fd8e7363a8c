/** A drawing of lines, to be stroked with round ends and not filled, in a square of 24 by 24. */
export interface ChannelIcon {
  viewBox: string;
  /** The `d` of an SVG path. */
  path: string;
}

/** The kinds of channels that have an icon of their own, and `custom` for all others. */
export type ChannelKind = keyof typeof CHANNEL_ICONS;

const VIEW_BOX = '0 0 24 24';

export const CHANNEL_ICONS = {
  /** A number sign, as before the names of rooms. */
  slack: { viewBox: VIEW_BOX, path: 'M10 4 8 20M16 4l-2 16M4.5 9h16M3.5 15h16' },
  /** An envelope. */
  email: {
    viewBox: VIEW_BOX,
    path: 'M4.5 5.5h15A1.5 1.5 0 0 1 21 7v10a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17V7a1.5 1.5 0 0 1 1.5-1.5ZM3.5 7l8.5 6.5L20.5 7',
  },
  /** A game controller. */
  discord: {
    viewBox: VIEW_BOX,
    path: 'M8 7h8a5 5 0 0 1 5 5v2.5a2.7 2.7 0 0 1-5 1.4L15 14.5H9l-1 1.4a2.7 2.7 0 0 1-5-1.4V12a5 5 0 0 1 5-5ZM8.2 9.5v3M6.7 11h3M15 10.5h.01M17 12h.01',
  },
  /** A telephone in a speech bubble. */
  whatsapp: {
    viewBox: VIEW_BOX,
    path: 'M12 3.5a8.5 8.5 0 1 1-4.2 15.9L3.5 20.5l1.1-4.2A8.5 8.5 0 0 1 12 3.5ZM9.2 8.2c-1.6 3.4 3.2 8.2 6.6 6.6l.2-1.7-2-.8-1 .9a5 5 0 0 1-2.2-2.2l.9-1-.8-2Z',
  },
  /** A paper plane. */
  telegram: { viewBox: VIEW_BOX, path: 'M21 4 3 11.5l5.5 2.2L18 19.5ZM8.5 13.7V19l3-3.5M8.5 13.7 21 4' },
  /** A globe. */
  webchat: {
    viewBox: VIEW_BOX,
    path: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM3 12h18M12 3c2.5 2.5 3.8 5.5 3.8 9s-1.3 6.5-3.8 9c-2.5-2.5-3.8-5.5-3.8-9S9.5 5.5 12 3Z',
  },
  /** Angle brackets around a slash. */
  api: { viewBox: VIEW_BOX, path: 'M8 7l-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14' },
  /** A screen. */
  direct: {
    viewBox: VIEW_BOX,
    path: 'M4.5 4h15A1.5 1.5 0 0 1 21 5.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 14.5v-9A1.5 1.5 0 0 1 4.5 4ZM12 16v4M8 20h8',
  },
  /** A square speech bubble with three dots. */
  sms: {
    viewBox: VIEW_BOX,
    path: 'M5 4.5h14A1.5 1.5 0 0 1 20.5 6v9a1.5 1.5 0 0 1-1.5 1.5h-7.5L7 20v-3.5H5A1.5 1.5 0 0 1 3.5 15V6A1.5 1.5 0 0 1 5 4.5ZM8 10.5h.01M12 10.5h.01M16 10.5h.01',
  },
  /** Two people. */
  teams: {
    viewBox: VIEW_BOX,
    path: 'M9 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM3 19v-.5a6 6 0 0 1 12 0v.5M16 5.3a3 3 0 0 1 0 5.4M17.5 13.2a6 6 0 0 1 3.5 5.3v.5',
  },
  /** A camera. */
  instagram: {
    viewBox: VIEW_BOX,
    path: 'M4.5 7.5h3L9 5h6l1.5 2.5h3A1.5 1.5 0 0 1 21 9v8.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5V9a1.5 1.5 0 0 1 1.5-1.5ZM12 9.7a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8Z',
  },
  /** A round speech bubble with two lines of writing. */
  line: {
    viewBox: VIEW_BOX,
    path: 'M12 4c5 0 9 3 9 7s-3.5 6.8-9 9.5v-2.6c-5 0-9-2.9-9-6.9s4-7 9-7ZM8 9.5h8M8 12.8h5',
  },
  /** Two speech bubbles. */
  messenger: {
    viewBox: VIEW_BOX,
    path: 'M4.5 4h9A1.5 1.5 0 0 1 15 5.5v6a1.5 1.5 0 0 1-1.5 1.5H8l-3.5 3v-3A1.5 1.5 0 0 1 3 11.5v-6A1.5 1.5 0 0 1 4.5 4ZM18 9h1.5a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5v2.8L16 18h-4.5a1.5 1.5 0 0 1-1.5-1.5',
  },
  /** The receiver of a telephone. */
  voice: {
    viewBox: VIEW_BOX,
    path: 'M6 3.5h3L10.5 8l-2 1.5a12 12 0 0 0 6 6l1.5-2 4.5 1.5v3a2.5 2.5 0 0 1-2.5 2.5A14.5 14.5 0 0 1 3.5 6 2.5 2.5 0 0 1 6 3.5Z',
  },
  /** A plug. */
  custom: { viewBox: VIEW_BOX, path: 'M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0ZM12 17v4' },
} as const satisfies Record<string, ChannelIcon>;

/** Further names that platforms have for these kinds. */
const OTHER_NAMES: ReadonlyMap<string, ChannelKind> = new Map([
  ['msteams', 'teams'],
  ['microsoft-teams', 'teams'],
  ['facebook-messenger', 'messenger'],
  ['phone', 'voice'],
]);

/** What tells the kind of a channel. */
export interface ChannelIdentity {
  channelId: string;
  galleryKey?: string;
}

/** The channels that exist without an integration. */
const BUILT_IN: ReadonlySet<string> = new Set(['direct', 'webchat', 'api']);

/** The kind of a channel's integration or, where it has none, the built-in channel that it is. */
export function kindNameOf({ channelId, galleryKey }: ChannelIdentity): string {
  return galleryKey ?? (BUILT_IN.has(channelId) ? channelId : 'custom');
}

/** Which icon stands for a channel. */
export function channelKind(channel: ChannelIdentity): ChannelKind {
  const name = kindNameOf(channel).toLowerCase();
  return isChannelKind(name) ? name : (OTHER_NAMES.get(name) ?? 'custom');
}

function isChannelKind(name: string): name is ChannelKind {
  return Object.hasOwn(CHANNEL_ICONS, name);
}
