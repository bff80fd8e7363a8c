import * as z from 'zod/mini';
import { compareTexts } from './compare-texts.ts';
import { described } from './described.ts';
import type { Counts } from './metrics.ts';
import type { EpochMillis } from './utc-day.ts';

export const CHANNEL_STATUSES = ['enabled', 'disabled', 'removed'] as const;
export type ChannelStatus = (typeof CHANNEL_STATUSES)[number];

/** A peer has at most this many channels. */
export const MAX_CHANNELS_PER_PEER = 500;

/** One way to reach a peer, as the registry knows it. */
export interface Channel {
  channelId: string;
  /** What stands for it where the peer's figures are kept: 1 for the first channel of a peer, then counting up. */
  number: number;
  status: ChannelStatus;
  registeredAt: EpochMillis;
  /** Set through the registry; beats the name that messages carry. */
  registryName?: string;
  registryGalleryKey?: string;
  /** The first one that a message carried. */
  messageName?: string;
  messageGalleryKey?: string;
  /** Of a peer that was erased before: what was sent until then is refused. */
  erasedAt?: EpochMillis;
}

/** What is left of a channel that was purged: it is never listed, its number never given again, its messages refused. */
export interface PurgedChannel extends Pick<Channel, 'channelId' | 'number' | 'registeredAt'> {
  status: 'purged';
}

/** Whether a channel was purged. */
export function isPurged(channel: Channel | PurgedChannel): channel is PurgedChannel {
  return channel.status === 'purged';
}

/** Whether a channel was not purged. */
export function isNotPurged(channel: Channel | PurgedChannel): channel is Channel {
  return channel.status !== 'purged';
}

/** How much a channel was ever used. */
export interface AllTime extends Counts {
  /** When the last message was sent; nothing where there was none. */
  lastMessageAt?: EpochMillis;
}

/** A channel of the registry together with how much it was ever used. */
export type UsedChannel = Channel & { allTime: AllTime };

const BUILT_IN_NAMES: ReadonlyMap<string, string> = new Map([
  ['direct', 'Direct/Web'],
  ['webchat', 'WebChat'],
  ['api', 'API'],
]);

const GALLERY_NAMES: ReadonlyMap<string, string> = new Map([
  ['slack', 'Slack'],
  ['email', 'Email'],
  ['discord', 'Discord'],
  ['whatsapp', 'WhatsApp'],
  ['telegram', 'Telegram'],
  ['webchat', 'WebChat'],
  ['sms', 'SMS'],
  ['teams', 'Microsoft Teams'],
  ['msteams', 'Microsoft Teams'],
  ['microsoft-teams', 'Microsoft Teams'],
  ['instagram', 'Instagram'],
  ['line', 'LINE'],
  ['messenger', 'Messenger'],
  ['facebook-messenger', 'Messenger'],
  ['voice', 'Voice'],
  ['phone', 'Phone'],
]);

/** The fields that name a channel in an answer. */
export const channelLabelFields = {
  channelId: described(z.string(), 'The channel: an integration, or `direct`, `webchat` or `api`.'),
  channelName: described(z.string(), 'The name to show.'),
  galleryKey: described(
    z.exactOptional(z.string()),
    'The kind of integration, such as `slack`. A channel that is no integration has none.',
  ),
};

const channelLabel = z.object(channelLabelFields);

/** What names a channel in an answer. */
export type ChannelLabel = z.output<typeof channelLabel>;

/** What names the channel of the API description's examples. */
export const EXAMPLE_LABEL: ChannelLabel = {
  channelId: 'integration_123',
  channelName: 'WebChat',
  galleryKey: 'webchat',
};

/** What names a channel in an answer. */
export function labelOf(channel: Channel): ChannelLabel {
  const galleryKey = galleryKeyOf(channel);
  return {
    channelId: channel.channelId,
    channelName: channelNameOf(channel),
    ...(galleryKey !== undefined && { galleryKey }),
  };
}

/** The kind of a channel's integration, where one is known. */
export function galleryKeyOf(channel: Channel): string | undefined {
  return channel.registryGalleryKey ?? channel.messageGalleryKey;
}

/**
 * The name that a channel is shown by: the registry's, else the one in its messages, else the one of a
 * built-in channel, else the one of its kind of integration, else its id.
 */
export function channelNameOf(channel: Channel): string {
  return (
    channel.registryName ??
    channel.messageName ??
    BUILT_IN_NAMES.get(channel.channelId) ??
    GALLERY_NAMES.get(galleryKeyOf(channel)?.toLowerCase() ?? '') ??
    channel.channelId
  );
}

/** The name of a kind of channels, which is a gallery key or the id of a built-in channel. */
export function nameOfKind(kind: string): string {
  return GALLERY_NAMES.get(kind.toLowerCase()) ?? BUILT_IN_NAMES.get(kind) ?? kind;
}

/**
 * What is said of a list of channels in an answer: which they are, and in which order.
 *
 * @param where goes behind the messages that they are ordered by, such as ` in this week`
 */
// @__NO_SIDE_EFFECTS__
export function listedInOrder(where = ''): string {
  return (
    `Every enabled channel, also those without messages. Most messages${where} first, then most ` +
    'conversations, then by `channelId`.'
  );
}

/** Orders channels by messages descending, then conversations descending, then id ascending. */
export function compareChannels(
  a: Counts & Pick<Channel, 'channelId'>,
  b: Counts & Pick<Channel, 'channelId'>,
): number {
  return (
    b.messageCount - a.messageCount ||
    b.conversationCount - a.conversationCount ||
    compareTexts(a.channelId, b.channelId)
  );
}
