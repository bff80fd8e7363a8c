import { NO_FIGURES_BEFORE } from '../../../../dashboard/src/features/growth/describe-change.ts';
import type { ChannelStats, ChannelStatsEntry } from '../../../../functions/shared/domain/channel-stats.ts';
import type { Comparison } from '../../../../functions/shared/domain/comparison.ts';
import { FURTHER_METRICS, MESSAGES } from '../../../../functions/shared/domain/metrics.ts';
import type { Screen } from '../cli-context.ts';
import { bar } from '../terminal/bar.ts';
import { box, boxWidth, innerWidth } from '../terminal/box.ts';
import { formats } from '../terminal/formats.ts';
import { type Style, styleFor } from '../terminal/style.ts';
import { padStart, spread, widthOf, wrap } from '../terminal/text-width.ts';
import { changeText } from './change-text.ts';
import { channelNames } from './channel-name.ts';
import { rangeWords } from './range-words.ts';

/** What the figures of a box are of. */
export interface UsageBoxQuery {
  peerId: string;
  from?: string;
  to?: string;
}

/** What the rows of a box have in common. */
interface Rows {
  width: number;
  style: Style;
  /** The widest figure and share of all rows, which stand under each other. */
  figure: number;
  share: number;
}

/** With less room, a change stands below the figure that it is of. */
const CHANGE_BESIDE_FROM = 56;

/** Draws the Channel Usage box: the total, and of each channel its messages, its share and its conversations. */
export function usageBox(
  stats: ChannelStats,
  query: UsageBoxQuery,
  screen: Pick<Screen, 'width' | 'hasColors'>,
): string {
  const { channels, total } = stats;
  const style = styleFor(screen);
  const width = boxWidth(screen.width);
  const inner = innerWidth(width);
  const widest = (texts: string[]) => Math.max(0, ...texts.map(widthOf));
  const rows = {
    width: inner,
    style,
    figure: widest(channels.map(({ messageCount }) => formats.count(messageCount))),
    share: widest(channels.map(shareOf)),
  };
  const nameOf = channelNames(channels);
  const drawn = channels.flatMap((channel) => ['', ...channelLines(channel, nameOf(channel), rows)]);
  const body = drawn.length > 0 ? drawn : ['', ...emptyLines(inner).map(style.quiet), ''];
  const messages = style.strong(formats.counted(total.messageCount, MESSAGES));
  const heading = [
    spread(style.strong('Channel Usage'), messages, inner),
    ...rangeLines(stats, query, { width: inner, style }),
  ];
  return box(width, [heading, body], style.quiet);
}

function emptyLines(width: number): string[] {
  return wrap('No messages yet. The first message of a channel makes it appear here.', width);
}

/** Which days the figures are of, and how they compare with those before; nothing for all time. */
function rangeLines(
  { total, previousRange, complete }: ChannelStats,
  { from, to }: UsageBoxQuery,
  { width, style }: Pick<Rows, 'width' | 'style'>,
): string[] {
  if (from === undefined && to === undefined) return [];
  const change = comparedText(total.previous?.messages, style, NO_FIGURES_BEFORE);
  const lines = [spread(style.quiet(rangeWords({ from, to })), change, width)];
  if (previousRange === undefined) return lines;
  const running = complete === false ? ', and today is not over' : '';
  const words = `compared with ${rangeWords(previousRange)}${running}`;
  return [...lines, ...wrap(words, width).map(style.quiet)];
}

function channelLines(channel: ChannelStatsEntry, channelName: string, rows: Rows): string[] {
  const { messageCount, percentage = 0, previous, status } = channel;
  const { width, style } = rows;
  const isHidden = status !== undefined && status !== 'enabled';
  const name = `${channelName}${isHidden ? ` (${status})` : ''}`;
  const figure = padStart(formats.count(messageCount), rows.figure);
  const figures = `${style.strong(figure)} ${style.quiet(padStart(shareOf(channel), rows.share))}`;
  const change = comparedText(previous?.messages, style);
  const hasRoom = width >= CHANGE_BESIDE_FROM;
  const beside = hasRoom && change !== '' ? `${change}  ${figures}` : figures;
  const further = FURTHER_METRICS.map((metric) => {
    const changed = comparedText(previous?.[metric.name], style);
    return `${style.quiet(formats.counted(channel[metric.field], metric))}  ${changed}`.trimEnd();
  });
  return [
    spread(name, beside, width),
    ...(hasRoom || change === '' ? [] : [padStart(change, width)]),
    bar(percentage, width, style),
    ...further,
  ];
}

function shareOf({ percentage = 0 }: ChannelStatsEntry): string {
  return `(${formats.share(percentage)})`;
}

/** @param noHistory what is said where nothing is known of the days before, which is so of all channels or of none */
function comparedText(comparison: Comparison | undefined, style: Style, noHistory = ''): string {
  return comparison === undefined ? '' : changeText(comparison, style, noHistory);
}
