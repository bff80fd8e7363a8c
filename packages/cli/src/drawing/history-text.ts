import { compareChannels } from '../../../../functions/shared/domain/channel.ts';
import { add, type Counts, METRICS, ZERO } from '../../../../functions/shared/domain/metrics.ts';
import type { HistoryAnswer } from '../../../../functions/usage-api/get-history.ts';
import { dates, formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { figuresTogether, sparkline } from '../terminal/sparkline.ts';
import { cut, padEnd, padStart, widthOf, wrap } from '../terminal/text-width.ts';
import { channelNames } from './channel-name.ts';
import { headingLines, inLines, type Page } from './page.ts';

type Bucket = HistoryAnswer['buckets'][number];

/** A line of the drawing: a channel, or all of them. */
interface Line {
  name: string;
  messages: number[];
  sum: Counts;
}

const ALL = 'All channels';
/** Of the width, so much is for names at most. */
const NAMES_SHARE = 0.3;
const GAP = 2;
const UNITS = { day: 'day', week: 'week', month: 'month' } as const;

/** Messages over time: a sparkline for all channels and for each, with what they add to. */
export function historyText({ query, buckets }: HistoryAnswer, page: Page): string {
  const { width, style } = page;
  const [total, ...channels] = linesOf(buckets);
  const all = [total, ...channels].filter((line) => line !== undefined);
  const figures = all.map(({ sum }) => METRICS.map(({ field }) => formats.count(sum[field])));
  const widths = METRICS.map(({ title }, index) =>
    Math.max(widthOf(title), ...figures.map((one) => widthOf(one[index] ?? ''))),
  );
  const shownMetrics = width < 60 ? 1 : METRICS.length;
  const figuresWidth = widths.slice(0, shownMetrics).reduce((sum, one) => sum + one + GAP, 0);
  const nameWidth = Math.min(
    Math.max(...all.map(({ name }) => widthOf(name))),
    Math.floor(width * NAMES_SHARE),
  );
  const lineWidth = Math.max(1, Math.min(buckets.length, width - nameWidth - GAP - figuresWidth));
  const row = (name: string, middle: string, cells: readonly string[]) =>
    [padEnd(name, nameWidth), padEnd(middle, lineWidth), ...cells.slice(0, shownMetrics)]
      .join(' '.repeat(GAP))
      .trimEnd();
  const cellsOf = (texts: readonly string[]) =>
    texts.map((text, index) => padStart(text, widths[index] ?? 0));
  const drawn = all.map(({ name, messages }, index) => {
    const isTotal = index === 0;
    const [first = '', ...others] = cellsOf(figures[index] ?? []);
    const shownName = cut(name, nameWidth);
    return row(isTotal ? style.strong(shownName) : shownName, style.accent(sparkline(messages, lineWidth)), [
      style.strong(first),
      ...others.map(style.quiet),
    ]);
  });
  const range = `${dates.range(query)}, by ${UNITS[query.interval]}`;
  return inLines([
    ...headingLines(`Messages of ${safeName(query.peerId)}`, range, page),
    '',
    row('', '', cellsOf(METRICS.map(({ title }) => title)).map(style.quiet)),
    ...drawn,
    ...notesOf(buckets, lineWidth, query.interval).flatMap((note) => [
      '',
      ...wrap(note, width).map(style.quiet),
    ]),
  ]);
}

function linesOf(buckets: readonly Bucket[]): Line[] {
  const ids = new Map(
    buckets.flatMap(({ channels }) => channels).map((channel) => [channel.channelId, channel]),
  );
  const nameOf = channelNames([...ids.values()]);
  const channels = [...ids.values()].map((channel) => {
    const counts = buckets.map(
      (bucket): Counts => bucket.channels.find(({ channelId }) => channelId === channel.channelId) ?? ZERO,
    );
    const sum = counts.reduce(add, ZERO);
    const messages = counts.map(({ messageCount }) => messageCount);
    return { name: nameOf(channel), messages, sum, channelId: channel.channelId, ...sum };
  });
  const sums = buckets.map(({ total }) => total);
  const messages = sums.map(({ messageCount }) => messageCount);
  return [{ name: ALL, messages, sum: sums.reduce(add, ZERO) }, ...channels.sort(compareChannels)];
}

function notesOf(buckets: readonly Bucket[], lineWidth: number, interval: keyof typeof UNITS): string[] {
  const together = figuresTogether(buckets.length, lineWidth);
  const each = together === 1 ? `a ${UNITS[interval]}` : `${together} ${UNITS[interval]}s`;
  const running = buckets.at(-1)?.complete === false ? ' The last one is not over.' : '';
  return [`Each column is ${each}; every line has its own height, and a point is none.${running}`];
}
