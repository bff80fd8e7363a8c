import type { Comparison } from './comparison.ts';
import { type DisplayName, displayNames } from './display-names.ts';
import { METRICS } from './metrics.ts';
import { HIGH_ENGAGEMENT, type Report } from './report.ts';
import type { UtcDay } from './utc-day.ts';

const NUMBERS = new Intl.NumberFormat('en-US');

/** A report in words and figures for people, whatever they are put into. Nothing in it is escaped. */
export interface ReportText {
  title: string;
  peer: string;
  /** Facts by name, in order. */
  overview: [name: string, fact: string][];
  columns: readonly string[];
  /** What each channel is called, and its figures, in the order of the other columns. */
  channels: { name: DisplayName; figures: string[] }[];
  notes: string[];
}

/** Writes a report for people. */
export function reportText(report: Report): ReportText {
  const { period, peer, overview, channels, change } = report;
  const names = displayNames(channels.map(({ channelId, name }) => ({ channelId, channelName: name })));
  return {
    title: `Channel usage: ${period}`,
    peer,
    overview: [
      ['Days', `${daysInWords(report.range)} (UTC)`],
      ...METRICS.map(({ title, total }): [string, string] => [title, figure(overview[total])]),
      ['Channels', figure(overview.channelCount)],
      ...(change === null
        ? []
        : METRICS.map(({ title, name }): [string, string] => [
            `${title} against ${report.complete ? '' : 'the same days of '}the month before`,
            changeInWords(change[name], report.complete),
          ])),
    ],
    columns: [
      'Channel',
      ...METRICS.map(({ title }) => title),
      'Messages per conversation',
      'Market share',
      'Engagement',
    ],
    channels: channels.map((channel) => ({
      name: names.get(channel.channelId) ?? { name: channel.name },
      figures: [
        ...METRICS.map(({ name }) => figure(channel[name])),
        channel.avgMessagesPerConversation?.toFixed(1) ?? 'none',
        channel.marketShare,
        channel.engagement,
      ],
    })),
    notes: [
      ...notesOnDays(report),
      METRICS.map(({ note }) => note).join(' '),
      `Engagement is high above ${HIGH_ENGAGEMENT} messages per conversation. ` +
        'Rounded shares need not add to 100%.',
    ],
  };
}

/** What the reader has to know of the days: which are not over, and which are compared. */
function notesOnDays({ range, previousRange, complete }: Report): string[] {
  if (complete) return [];
  const grow = `The figures include today (${range.to}), which is not over, and still grow.`;
  if (previousRange === null) return [grow];
  // The 31st of a month beside the 28th, say.
  const isShorter = previousRange.to.slice(8) < range.to.slice(8);
  return [
    `The month is not over. ${grow} They are compared with the same days of the month before, ` +
      `${daysInWords(previousRange)}${isShorter ? ': it has no more days' : ''}.`,
  ];
}

function daysInWords({ from, to }: { from: UtcDay | null; to: UtcDay }): string {
  return from === null ? `all up to ${to}` : `${from} to ${to}`;
}

function figure(number: number): string {
  return NUMBERS.format(number);
}

function changeInWords({ previous, change, changePercent }: Comparison, complete: boolean): string {
  if (previous === null || change === null) {
    return `no figures for ${complete ? 'the whole month before' : 'all of these days'}`;
  }
  const difference = `${signed(change, figure)} from ${figure(previous)}`;
  if (changePercent === null) return difference;
  return `${difference} (${signed(changePercent, (number) => `${number.toFixed(1)}%`)})`;
}

function signed(number: number, write: (number: number) => string): string {
  return number > 0 ? `+${write(number)}` : write(number);
}
