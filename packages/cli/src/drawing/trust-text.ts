import { trustFigures } from '../../../../dashboard/src/features/trust/trust-words.ts';
import type { Trust } from '../../../../functions/shared/domain/trust.ts';
import { dayOf, type EpochMillis } from '../../../../functions/shared/domain/utc-day.ts';
import { dates, formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { table } from '../terminal/table.ts';
import { padEnd, widthOf, wrap } from '../terminal/text-width.ts';
import { ago } from './ago.ts';
import { inLines, type Page } from './page.ts';
import { trustLines } from './trust-lines.ts';

const INSTANTS_FROM = 60;

/** All that the service tells of how far figures may be trusted. */
export function trustText(peerId: string, trust: Trust, now: EpochMillis, { width, style }: Page): string {
  const today = dayOf(now);
  const figures = trustFigures(trust, formats, dates, today);
  const labels = Math.max(...figures.map(({ label }) => widthOf(label)));
  const lines = figures.flatMap(({ label, value, needsAttention = false }) => {
    const styled = needsAttention ? style.attention : (text: string) => text;
    const isBeside = width >= labels + 2 + widthOf(value);
    if (isBeside) return [`${style.quiet(padEnd(label, labels))}  ${styled(value)}`];
    return [style.quiet(label), ...wrap(value, width - 2).map((line) => `  ${styled(line)}`)];
  });
  // To the second, where there is room for it.
  const lastMessage = (instant: EpochMillis) =>
    width < INSTANTS_FROM ? ago(instant, now) : dates.instant(instant, today);
  const columns = [
    {
      title: 'Channel',
      cell: ({ channelId }: Trust['channels'][number]) => safeName(channelId),
      canShrink: true,
    },
    {
      title: 'Last message',
      cell: ({ lastMessageAt }: Trust['channels'][number]) =>
        lastMessageAt === undefined ? 'none yet' : lastMessage(Date.parse(lastMessageAt)),
    },
  ];
  return inLines([
    ...wrap(`Trust in the figures of ${safeName(peerId)}`, width).map(style.strong),
    ...trustLines(trust, today, width, style),
    '',
    ...lines,
    ...(trust.channels.length === 0 ? [] : ['', ...table(columns, trust.channels, width, style)]),
  ]);
}
