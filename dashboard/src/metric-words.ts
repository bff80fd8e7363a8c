import type { FurtherMetric, Metric } from '../../functions/shared/domain/metrics.ts';

/** What the chart of a metric says. */
interface ChartWords {
  title: string;
  /** What the figures of some time are, as in "no messages". */
  noun: string;
  note: string;
}

export const CHART_WORDS: Readonly<Record<Metric['name'], ChartWords>> = {
  messages: { title: 'Messages over time', noun: 'messages', note: 'Days are UTC.' },
  conversations: {
    title: 'New conversations',
    noun: 'new conversations',
    note: 'A conversation is counted once, when it started.',
  },
};

/** On which days they are counted. */
export const COUNTED_ON: Readonly<Record<FurtherMetric['name'], string>> = {
  conversations: 'the day on which they started',
};
