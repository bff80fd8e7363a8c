import type { Comparison } from './comparison.ts';
import { METRICS } from './metrics.ts';
import { HIGH_ENGAGEMENT, type Report } from './report.ts';

const NUMBERS = new Intl.NumberFormat('en-US');

/** A report in words and figures for people, whatever they are put into. Nothing in it is escaped. */
export interface ReportText {
  title: string;
  peer: string;
  /** Facts by name, in order. */
  overview: [name: string, fact: string][];
  columns: readonly string[];
  /** A row of cells for every channel; all but the first hold figures. */
  channels: string[][];
  notes: string[];
}

/** Writes a report for people. */
export function reportText({ period, peer, overview, channels, change, complete }: Report): ReportText {
  return {
    title: `Channel usage: ${period}`,
    peer,
    overview: [
      ...METRICS.map(({ title, total }): [string, string] => [title, figure(overview[total])]),
      ['Channels', figure(overview.channelCount)],
      ...(change === null
        ? []
        : METRICS.map(({ title, name }): [string, string] => [
            `${title} against the month before`,
            changeInWords(change[name]),
          ])),
    ],
    columns: [
      'Channel',
      ...METRICS.map(({ title }) => title),
      'Messages per conversation',
      'Market share',
      'Engagement',
    ],
    channels: channels.map((channel) => [
      channel.name,
      ...METRICS.map(({ name }) => figure(channel[name])),
      channel.avgMessagesPerConversation?.toFixed(1) ?? 'none',
      channel.marketShare,
      channel.engagement,
    ]),
    notes: [
      ...(complete ? [] : ['The period is not over yet: its figures still grow.']),
      [...METRICS.map(({ note }) => note), 'Days are UTC.'].join(' '),
      `Engagement is high above ${HIGH_ENGAGEMENT} messages per conversation. ` +
        'Rounded shares need not add to 100%.',
    ],
  };
}

function figure(number: number): string {
  return NUMBERS.format(number);
}

function changeInWords({ previous, change, changePercent }: Comparison): string {
  if (previous === null || change === null) return 'no figures for the whole month before';
  const difference = `${signed(change, figure)} from ${figure(previous)}`;
  if (changePercent === null) return difference;
  return `${difference} (${signed(changePercent, (number) => `${number.toFixed(1)}%`)})`;
}

function signed(number: number, write: (number: number) => string): string {
  return number > 0 ? `+${write(number)}` : write(number);
}
