import * as z from 'zod/mini';
import { percentageOf } from '../channel-stats.ts';
import { component, described } from '../described.ts';
import { count } from '../metrics.ts';
import { addDays, type UtcDay } from '../utc-day.ts';
import { messagesJudged, percentOfThreshold } from './evidence.ts';
import type { ChannelUse, Figure, Threshold } from './finding.ts';
import { figure, messages as messagesTold, NAME, onDay, type Sentence, share, told } from './sentence.ts';

// What the findings share that judge a channel's last complete day by the same weekday of earlier weeks.

const DAYS_A_WEEK = 7;
/** A day is compared with the same weekday of so many weeks before. */
const BASELINE_WEEKS = 4;
/** It is not compared where fewer of these had messages. */
const LEAST_BASELINE_DAYS = 3;

/** So many days before the last complete one the baseline begins. */
export const BASELINE_DAYS = BASELINE_WEEKS * DAYS_A_WEEK;

export const leastMedian = {
  name: 'leastMedian',
  default: 20,
  least: 1,
  most: 1_000_000,
  description: 'No day is compared with a median of fewer messages.',
} as const satisfies Threshold;

/** What a part of the median is of, for the API description. */
export const OF_THE_MEDIAN =
  'of the median of the same weekday in the four weeks before. At least three of these days had messages, ' +
  `and the median is at least ${leastMedian.default}.`;

/** A channel's last complete day, beside the same weekday of the four weeks before. */
export const trafficEvidence = component(
  'TrafficEvidence',
  'The numbers behind `traffic_drop` and `traffic_spike`.',
  z.object({
    day: described(z.iso.date(), 'The day (UTC) that was judged: yesterday.'),
    messageCount: messagesJudged(),
    median: described(
      z.number().check(z.nonnegative()),
      'The median of the days of the baseline that had messages.',
    ),
    percentOfMedian: described(
      z.number().check(z.nonnegative()),
      'The messages in percent of the median, with one decimal. The exact ratio is beyond the threshold.',
    ),
    thresholdPercent: percentOfThreshold(),
    leastMedian: described(count(), 'The least median that a day is compared with.'),
    baselineWeeks: described(count(), 'How many weeks the baseline reaches back.'),
    baseline: described(
      z.array(
        component(
          'BaselineDay',
          'A day that another one is compared with.',
          z.object({
            day: described(z.iso.date(), 'The day (UTC).'),
            messageCount: described(count(), 'Messages of users on this channel, on this day.'),
          }),
        ),
      ),
      'The same weekday in the four weeks before, the earliest first.',
    ),
  }),
);
export type TrafficEvidence = z.output<typeof trafficEvidence>;

/** What the last complete day is compared by. */
interface TrafficLimits {
  leastMedian: number;
  thresholdPercent: number;
  /** Whether some messages are beyond some others, which are those of the threshold. */
  isBeyond: (messages: number, limit: number) => boolean;
}

/** A channel's last complete day beside its baseline, where there is one and the day is beyond the threshold. */
export function trafficBeyond(
  { messages }: ChannelUse,
  through: UtcDay,
  { leastMedian, thresholdPercent, isBeyond }: TrafficLimits,
): TrafficEvidence | undefined {
  const countAt = (daysAgo: number) => messages[daysAgo] ?? 0;
  const baseline = Array.from({ length: BASELINE_WEEKS }, (_, index) => {
    const daysAgo = (BASELINE_WEEKS - index) * DAYS_A_WEEK;
    return { day: addDays(through, -daysAgo), messageCount: countAt(daysAgo) };
  });
  const used = baseline.map(({ messageCount }) => messageCount).filter((count) => count > 0);
  const twiceMedian = doubledMedian(used);
  if (used.length < LEAST_BASELINE_DAYS || twiceMedian < 2 * leastMedian) return undefined;
  const messageCount = countAt(0);
  // Whole numbers on both sides, also where the median is none.
  if (!isBeyond(200 * messageCount, thresholdPercent * twiceMedian)) return undefined;
  return {
    day: through,
    messageCount,
    median: twiceMedian / 2,
    percentOfMedian: percentageOf(2 * messageCount, twiceMedian),
    thresholdPercent,
    leastMedian,
    baselineWeeks: BASELINE_WEEKS,
    baseline,
  };
}

/** Twice the median, which is a whole number where the median is not; 0 of nothing. */
function doubledMedian(counts: readonly number[]): number {
  const sorted = counts.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0);
}

/**
 * What a day was beside its baseline.
 *
 * @param meaning what the threshold says, such as `below 50% is a drop`
 */
export function trafficSentence(evidence: TrafficEvidence, meaning: Sentence): Sentence {
  const { day, messageCount, median, percentOfMedian, baselineWeeks } = evidence;
  return [
    ...told`${NAME} had ${messagesTold(messageCount)} on ${onDay(day)}, ${share(percentOfMedian)} of `,
    ...told`the median of the same weekday in the ${figure(baselineWeeks)} weeks before (${figure(median)}; `,
    ...meaning,
    ')',
  ];
}

/** A day beside its baseline, to be read by people. */
export function trafficFigures(evidence: TrafficEvidence, kind: 'above percent' | 'below percent'): Figure[] {
  return [
    { label: 'Messages on', labelDay: evidence.day, kind: 'count', value: evidence.messageCount },
    { label: 'Median of the same weekday', kind: 'count', value: evidence.median },
    { label: 'In percent of the median', ...share(evidence.percentOfMedian) },
    { label: 'Threshold', kind, value: evidence.thresholdPercent },
    { label: 'Least median that is judged', kind: 'count', value: evidence.leastMedian },
    ...evidence.baseline.map(
      ({ day, messageCount }): Figure => ({
        label: 'Messages on',
        labelDay: day,
        kind: 'count',
        value: messageCount,
      }),
    ),
  ];
}
