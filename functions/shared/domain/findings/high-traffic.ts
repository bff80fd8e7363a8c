import type { dominantAbovePercent } from './dominant-channel.ts';
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
  description:
    'Traffic is high with more than this share of the messages, in percent, on a channel that is not dominant.',
} as const satisfies Threshold;

/** A channel with a large share of the messages. */
export const highTraffic = finding({
  code: 'high_traffic',
  severity: 'info',
  id: 'HighTrafficFinding',
  description: 'A channel with a large share of the messages.',
  shortName: 'high traffic',
  where: {
    is:
      `more than ${highTrafficAbovePercent.default}% of the messages of the last ${SHARE_DAYS} days, ` +
      'where there are two or more channels and this one is not dominant.',
  },
  evidence: shareEvidence,
  reachesBack: SHARE_DAYS,
  rule: (peer, settings: SettingsOf<typeof highTrafficAbovePercent | typeof dominantAbovePercent>) => {
    const isHigh = shareAbove(peer, settings.highTrafficAbovePercent);
    const dominates = shareAbove(peer, settings.dominantAbovePercent);
    // One sentence says it, whichever threshold is the higher one.
    return (channel) => (dominates(channel) === undefined ? isHigh(channel) : undefined);
  },
  several: 'channels have high traffic',
  sentence: (evidence) => shareSentence(evidence, 'traffic is high'),
  figures: shareFigures,
  example: shareExample(662, highTrafficAbovePercent.default),
});
