import { MESSAGES } from '../../../../functions/shared/domain/metrics.ts';
import type { OverviewAnswer } from '../../../../functions/shared/domain/overview.ts';
import type { EpochMillis } from '../../../../functions/shared/domain/utc-day.ts';
import { dates, formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { figuresTogether, sparkline } from '../terminal/sparkline.ts';
import { PLAIN } from '../terminal/style.ts';
import { type Column, table } from '../terminal/table.ts';
import { wrap } from '../terminal/text-width.ts';
import { ago } from './ago.ts';
import { changeText } from './change-text.ts';
import { headingLines, inLines, type Page } from './page.ts';

type Peer = OverviewAnswer['peers'][number];

const SPARKLINE_FROM = 72;
const LAST_FROM = 88;
const WIDE_SPARKLINE_FROM = 110;
const SPARKLINE_WIDTH = { narrow: 14, wide: 28 };

/** The overview of peers: a line each. */
export function peersText({ query, peers }: OverviewAnswer, now: EpochMillis, page: Page): string {
  const { width, style } = page;
  const range = `${dates.range({ from: query.from, to: query.to })}`;
  const heading = headingLines('Peers', range, page);
  if (peers.length === 0) {
    const none =
      query.search === undefined
        ? 'No peers yet. The first message of a peer makes it appear here.'
        : `No peer has ${safeName(query.search)} in its id.`;
    return inLines([...heading, '', ...wrap(none, width).map(style.quiet)]);
  }
  const note = wrap('Days that are complete, in UTC: messages of today are not among them yet.', width);
  return inLines([
    ...heading,
    '',
    ...table(columnsFor(now, peers, page), peers, width, style),
    '',
    ...note.map(style.quiet),
  ]);
}

function columnsFor(now: EpochMillis, peers: readonly Peer[], { width, style }: Page): Column<Peer>[] {
  const { narrow, wide } = SPARKLINE_WIDTH;
  const days = width >= WIDE_SPARKLINE_FROM ? wide : narrow;
  const together = Math.max(...peers.map(({ daily }) => figuresTogether(daily.length, days)));
  return [
    {
      title: '',
      cell: (peer) => (needsAttention(peer) ? '!' : ' '),
      styled: style.attention,
    },
    { title: 'Peer', cell: ({ peerId }) => safeName(peerId), styled: style.strong, canShrink: true },
    {
      ...{ title: together === 1 ? 'By day' : `By ${together} days`, fromWidth: SPARKLINE_FROM },
      cell: ({ daily }) => sparkline(daily, days),
      styled: style.accent,
    },
    {
      ...{ title: MESSAGES.title, align: 'end' },
      cell: ({ messages }) => formats.count(messages.current),
      styled: style.strong,
    },
    {
      title: 'Change',
      cell: ({ messages }) => changeText(messages, PLAIN, 'new'),
      styled: (_, { messages }) => changeText(messages, style, 'new'),
      fromWidth: 56,
    },
    {
      ...{ title: 'Last message', fromWidth: LAST_FROM },
      cell: ({ lastMessageAt }) => (lastMessageAt === null ? 'never' : ago(Date.parse(lastMessageAt), now)),
      styled: style.quiet,
    },
    { title: 'Attention', cell: attentionOf, styled: style.attention },
  ];
}

function needsAttention({ warnings, trust }: Peer): boolean {
  return warnings > 0 || trust !== 'current';
}

function attentionOf({ warnings, trust }: Peer): string {
  const counted =
    warnings === 0 ? [] : [`${formats.count(warnings)} ${warnings === 1 ? 'warning' : 'warnings'}`];
  return [...counted, ...(trust === 'current' ? [] : [trust])].join(', ');
}
