import { finding, type SettingsOf, type Threshold } from './finding.ts';
import {
  SHARE_DAYS,
  shareAbove,
  shareEvidence,
  shareExample,
  shareFigures,
  shareSentence,
} from './shares.ts';

export const highTrafficAbovePercent = {
  name: 'highTrafficAbovePercent',
  default: 30,
  least: 1,
  most: 100,
  description: 'Traffic is high with more than this share of the messages, in percent.',
} as const satisfies Threshold;

/** A channel with a large share of the messages. */
export const highTraffic = finding({
  code: 'high_traffic',
  severity: 'info',
  id: 'HighTrafficFinding',
  description: 'A channel with a large share of the messages.',
  shortName: 'high traffic',
  where: {
    is: `more than ${highTrafficAbovePercent.default}% of the messages of the last ${SHARE_DAYS} days.`,
  },
  evidence: shareEvidence,
  reachesBack: SHARE_DAYS,
  rule: (peer, settings: SettingsOf<typeof highTrafficAbovePercent>) =>
    shareAbove(peer, settings.highTrafficAbovePercent),
  sentence: (name, evidence) => shareSentence(name, evidence, 'traffic is high'),
  figures: shareFigures,
  example: shareExample(highTrafficAbovePercent.default),
});
