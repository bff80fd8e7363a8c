import { finding, type SettingsOf, type Threshold } from './finding.ts';
import {
  SHARE_DAYS,
  shareAbove,
  shareEvidence,
  shareExample,
  shareFigures,
  shareSentence,
} from './shares.ts';

export const dominantAbovePercent = {
  name: 'dominantAbovePercent',
  default: 90,
  least: 50,
  most: 100,
  description: 'A channel is dominant with more than this share of the messages, in percent.',
} as const satisfies Threshold;

/** A channel with nearly all of the messages, beside others. */
export const dominantChannel = finding({
  code: 'dominant_channel',
  severity: 'warning',
  id: 'DominantChannelFinding',
  description: 'A channel with nearly all of the messages.',
  shortName: 'dominant',
  where: {
    is:
      `more than ${dominantAbovePercent.default}% of the messages of the last ${SHARE_DAYS} days, ` +
      'where there are two or more channels. Its traffic is not called high as well.',
  },
  evidence: shareEvidence,
  reachesBack: SHARE_DAYS,
  rule: (peer, settings: SettingsOf<typeof dominantAbovePercent>) =>
    shareAbove(peer, settings.dominantAbovePercent),
  several: 'channels dominate',
  sentence: (evidence) => shareSentence(evidence, 'it dominates'),
  figures: shareFigures,
  example: shareExample(952, dominantAbovePercent.default),
});
