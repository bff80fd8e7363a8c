import * as z from 'zod/mini';
import { component, described } from '../described.ts';
import { hasPassedDay } from '../heartbeat.ts';
import { count } from '../metrics.ts';
import { type CountingLag, lagAnswer } from '../trust.ts';
import type { UtcDay } from '../utc-day.ts';
import type { Figure } from './finding.ts';
import { figure, inEnglish, onDay, type Sentence, told } from './sentence.ts';

// The one finding that is about no channel: without it the others would judge figures that are not complete.

const evidence = component(
  'CountingEvidence',
  'The numbers behind `counting_behind`.',
  z.object({
    countedThrough: described(
      z.nullable(z.iso.datetime()),
      'Every message that was recorded until then (UTC) is counted; `null` as long as that is not known.',
    ),
    lagSeconds: described(z.nullable(count()), 'How long ago that is.'),
    day: described(z.iso.date(), 'The day (UTC) that is not judged yet: yesterday.'),
  }),
);
type Evidence = z.output<typeof evidence>;

const CODE = 'counting_behind';
const SEVERITY = 'warning';

const WHERE: { is: string; of?: string } = {
  is: 'counting has not passed the last day that is over. Then there is no other finding.',
};

function sentence({ day, lagSeconds }: Evidence): Sentence {
  const howFar =
    lagSeconds === null
      ? ['it is not known how far counting has come']
      : told`counting is ${figure(lagSeconds)} seconds behind`;
  return [
    ...told`Not all messages of ${onDay(day)} may be counted yet, and nothing is judged by it: `,
    ...howFar,
  ];
}

function found(numbers: Evidence) {
  const message = inEnglish(sentence(numbers), '');
  return { code: CODE, severity: SEVERITY, message, evidence: numbers } as const;
}

/** That counting has not passed the last day that is over. */
export const countingBehind = {
  code: CODE,
  severity: SEVERITY,
  shortName: 'counting behind',
  several: 'times counting is behind',
  where: WHERE,

  /** The finding, as it is answered. */
  schema: component(
    'CountingBehindFinding',
    'Counting has not passed the last day that is over: no finding rests on it. It is about no channel.',
    z.object({
      code: described(z.literal(CODE), 'What was found.'),
      severity: described(z.literal(SEVERITY), '`warning`: it needs attention.'),
      message: described(
        z.string(),
        'What was found, in one English sentence, with the numbers, all of which are in the evidence.',
      ),
      evidence,
    }),
  ),

  /**
   * The finding, where counting has not passed a day.
   *
   * @param through the last day that is over
   */
  findIn(lag: CountingLag, through: UtcDay) {
    return hasPassedDay(lag, through) ? [] : [found({ ...lagAnswer(lag), day: through })];
  },

  /** The evidence of the finding, to be read by people; nothing of a finding with another code. */
  figuresOf(other: { code: string; evidence: unknown }): Figure[] {
    if (other.code !== CODE) return [];
    const { day, countedThrough, lagSeconds } = z.parse(evidence, other.evidence);
    return [
      { label: 'Not judged', kind: 'day', value: day },
      ...(countedThrough === null
        ? []
        : [{ label: 'Complete up to', kind: 'instant', value: countedThrough } as const]),
      ...(lagSeconds === null ? [] : [{ label: 'Seconds behind', ...figure(lagSeconds) }]),
    ];
  },

  /** The sentence of the finding, to be written for its reader; nothing of a finding with another code. */
  sentenceOf(other: { code: string; evidence: unknown }): Sentence | undefined {
    return other.code === CODE ? sentence(z.parse(evidence, other.evidence)) : undefined;
  },

  examples: [found({ countedThrough: '2026-11-21T22:40:00Z', lagSeconds: 40_800, day: '2026-11-21' })],
};
