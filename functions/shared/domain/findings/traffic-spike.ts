import { finding, type SettingsOf, type Threshold } from './finding.ts';
import { percent, told } from './sentence.ts';
import {
  BASELINE_DAYS,
  type leastMedian,
  OF_THE_MEDIAN,
  trafficBeyond,
  trafficEvidence,
  trafficFigures,
  trafficSentence,
} from './weekday-baseline.ts';

export const spikeAbovePercent = {
  name: 'spikeAbovePercent',
  default: 200,
  least: 100,
  most: 10_000,
  description: 'Traffic spikes where a day has more than this, in percent of the median.',
} as const satisfies Threshold;

/** A channel with far more messages than is usual on this weekday. */
export const trafficSpike = finding({
  code: 'traffic_spike',
  severity: 'warning',
  id: 'TrafficSpikeFinding',
  description: 'A channel with far more messages than is usual on this weekday.',
  shortName: 'spike',
  where: { is: `more than ${spikeAbovePercent.default}%`, of: OF_THE_MEDIAN },
  evidence: trafficEvidence,
  reachesBack: BASELINE_DAYS,
  rule:
    ({ through }, settings: SettingsOf<typeof spikeAbovePercent | typeof leastMedian>) =>
    (channel) =>
      trafficBeyond(channel, through, {
        leastMedian: settings.leastMedian,
        thresholdPercent: settings.spikeAbovePercent,
        isBeyond: (messages, limit) => messages > limit,
      }),
  several: 'channels had far more messages than is usual',
  sentence: (evidence) =>
    trafficSentence(evidence, told`above ${percent(evidence.thresholdPercent)} is a spike`),
  figures: (evidence) => trafficFigures(evidence, 'above percent'),
});
