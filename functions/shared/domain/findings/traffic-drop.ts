import { finding, type SettingsOf, type Threshold } from './finding.ts';
import { percent, told } from './sentence.ts';
import {
  BASELINE_DAYS,
  leastMedian,
  OF_THE_MEDIAN,
  trafficBeyond,
  trafficEvidence,
  trafficFigures,
  trafficSentence,
} from './weekday-baseline.ts';

export const dropBelowPercent = {
  name: 'dropBelowPercent',
  default: 50,
  least: 0,
  most: 100,
  description: 'Traffic drops where a day has less than this, in percent of the median. 0 finds none.',
} as const satisfies Threshold;

/** A channel with far fewer messages than is usual on this weekday. */
export const trafficDrop = finding({
  code: 'traffic_drop',
  severity: 'warning',
  id: 'TrafficDropFinding',
  description: 'A channel with far fewer messages than is usual on this weekday.',
  shortName: 'drop',
  where: { is: `less than ${dropBelowPercent.default}%`, of: OF_THE_MEDIAN },
  evidence: trafficEvidence,
  reachesBack: BASELINE_DAYS,
  rule:
    ({ through }, settings: SettingsOf<typeof dropBelowPercent | typeof leastMedian>) =>
    (channel) =>
      trafficBeyond(channel, through, {
        leastMedian: settings.leastMedian,
        thresholdPercent: settings.dropBelowPercent,
        isBeyond: (messages, limit) => messages < limit,
      }),
  several: 'channels had far fewer messages than is usual',
  sentence: (evidence) =>
    trafficSentence(evidence, told`below ${percent(evidence.thresholdPercent)} is a drop`),
  figures: (evidence) => trafficFigures(evidence, 'below percent'),
  example: {
    channelId: 'integration_123',
    channelName: 'WebChat',
    evidence: {
      day: '2026-11-21',
      messageCount: 10,
      median: 40.5,
      percentOfMedian: 24.7,
      thresholdPercent: dropBelowPercent.default,
      leastMedian: leastMedian.default,
      baselineWeeks: 4,
      baseline: [
        { day: '2026-10-24', messageCount: 38 },
        { day: '2026-10-31', messageCount: 41 },
        { day: '2026-11-07', messageCount: 44 },
        { day: '2026-11-14', messageCount: 40 },
      ],
    },
  },
});
