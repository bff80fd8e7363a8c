import type { RegisteredChannel } from '../../../../functions/shared/domain/registered-channel.ts';
import { dayOf } from '../../../../functions/shared/domain/utc-day.ts';
import { channelEmoji } from '../terminal/channel-emoji.ts';
import { dates } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { type Column, table } from '../terminal/table.ts';
import { inLines, type Page } from './page.ts';

/** The channels of a peer, as the registry has them. */
export function channelsText(channels: readonly RegisteredChannel[], { width, style }: Page): string {
  if (channels.length === 0) return inLines([style.quiet('No channels yet.')]);
  const columns: Column<RegisteredChannel>[] = [
    {
      ...{ title: 'Channel', canShrink: true },
      cell: (channel) => `${channelEmoji(channel)} ${safeName(channel.channelName)}`,
    },
    { title: 'Id', canShrink: true, cell: ({ channelId }) => safeName(channelId), styled: style.quiet },
    {
      title: 'Status',
      cell: ({ status }) => status,
      styled: (text, { status }) => (status === 'enabled' ? style.good(text) : style.attention(text)),
    },
    {
      ...{ title: 'Registered', fromWidth: 72 },
      cell: ({ registeredAt }) => dates.day(dayOf(Date.parse(registeredAt))),
    },
  ];
  return inLines(table(columns, channels, width, style));
}
