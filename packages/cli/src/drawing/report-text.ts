import { METRICS } from '../../../../functions/shared/domain/metrics.ts';
import type { Report } from '../../../../functions/shared/domain/report.ts';
import { formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { type Column, table } from '../terminal/table.ts';
import { padEnd, padStart, widthOf } from '../terminal/text-width.ts';
import { changeText } from './change-text.ts';
import { headingLines, inLines, type Page } from './page.ts';
import { rangeWords } from './range-words.ts';

type ReportedChannel = Report['channels'][number];

/** The report on a month, or on everything. */
export function reportText(report: Report, page: Page): string {
  const { width, style } = page;
  const { period, peer, range, channels, complete } = report;
  const days = rangeWords({ from: range.from ?? undefined, to: range.to });
  const running = complete ? '' : ', not over yet';
  return inLines([
    ...headingLines(`${safeName(period)}: ${safeName(peer)}`, `${days}${running}`, page),
    '',
    ...totalLines(report, page),
    ...(channels.length === 0 ? [] : ['', ...table(columnsFor(page), channels, width, style)]),
  ]);
}

function totalLines({ overview, change, previousRange }: Report, { style }: Page): string[] {
  const rows = [
    ...METRICS.map(({ title, total, name }) => ({
      title,
      figure: overview[total],
      compared: change?.[name],
    })),
    { title: 'Channels', figure: overview.channelCount, compared: undefined },
  ];
  const titles = Math.max(...rows.map(({ title }) => widthOf(title)));
  const figures = Math.max(...rows.map(({ figure }) => widthOf(formats.count(figure))));
  const lines = rows.map(({ title, figure, compared }) => {
    const shown = style.strong(padStart(formats.count(figure), figures));
    const changed = compared === undefined ? '' : changeText(compared, style, 'no figures before');
    return `${style.quiet(padEnd(title, titles))}  ${shown}  ${changed}`.trimEnd();
  });
  const isCompared = rows.some(({ compared }) => compared !== undefined && compared.previous !== null);
  if (previousRange === null || !isCompared) return lines;
  return [...lines, style.quiet(`compared with ${rangeWords(previousRange)}`)];
}

const SHARE_FROM = 48;
const ENGAGEMENT_FROM = 76;

function columnsFor({ style }: Page): Column<ReportedChannel>[] {
  return [
    { title: 'Channel', cell: ({ name }) => safeName(name), canShrink: true },
    ...METRICS.map(
      ({ title, name }, index): Column<ReportedChannel> => ({
        ...{ title, align: 'end', fromWidth: index === 0 ? 0 : SHARE_FROM },
        cell: (channel) => formats.count(channel[name]),
        styled: index === 0 ? style.strong : (text) => text,
      }),
    ),
    { title: 'Share', align: 'end', cell: ({ marketShare }) => safeName(marketShare) },
    {
      ...{ title: 'Per conversation', align: 'end', fromWidth: ENGAGEMENT_FROM },
      cell: ({ avgMessagesPerConversation: ratio }) => (ratio === null ? '–' : formats.ratio(ratio)),
    },
    { title: 'Engagement', fromWidth: ENGAGEMENT_FROM, cell: ({ engagement }) => engagement },
  ];
}
