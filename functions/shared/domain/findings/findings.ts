import * as z from 'zod/mini';
import { component } from '../described.ts';
import { countingBehind } from './counting-behind.ts';
import { dominantAbovePercent, dominantChannel } from './dominant-channel.ts';
import type { Figure, Threshold } from './finding.ts';
import { highTraffic, highTrafficAbovePercent } from './high-traffic.ts';
import { inactiveAfterDays, inactiveChannel } from './inactive-channel.ts';
import { newChannel, newForDays } from './new-channel.ts';
import type { Sentence } from './sentence.ts';
import { dropBelowPercent, trafficDrop } from './traffic-drop.ts';
import { spikeAbovePercent, trafficSpike } from './traffic-spike.ts';
import { leastMedian } from './weekday-baseline.ts';

/**
 * All that health finds about channels, in the order in which it is answered: warnings come before what is good to know.
 * What is added here, with its thresholds below, is judged, answered, described and shown.
 */
export const FINDINGS = [
  inactiveChannel,
  dominantChannel,
  trafficDrop,
  trafficSpike,
  highTraffic,
  newChannel,
] as const;

/** All that health answers with: what it finds about channels, and before that, that counting is behind. */
export const ALL_FINDINGS = [countingBehind, ...FINDINGS] as const;

/** Something for each threshold of the findings, under its name, in the order of the health settings. */
export function byThreshold<Value>(make: (threshold: Threshold) => Value) {
  return {
    [inactiveAfterDays.name]: make(inactiveAfterDays),
    [dominantAbovePercent.name]: make(dominantAbovePercent),
    [highTrafficAbovePercent.name]: make(highTrafficAbovePercent),
    [dropBelowPercent.name]: make(dropBelowPercent),
    [spikeAbovePercent.name]: make(spikeAbovePercent),
    [leastMedian.name]: make(leastMedian),
    [newForDays.name]: make(newForDays),
  };
}

const [first, ...others] = ALL_FINDINGS;

/** A finding, as it is answered. */
export const anyFinding = component(
  'Finding',
  'Something that needs attention, or is good to know. The `code` says what it is.',
  z.discriminatedUnion('code', [first.schema, ...others.map(({ schema }) => schema)]),
);
export type Finding = z.output<typeof anyFinding>;

/** A finding about a channel, which all are but that counting is behind. */
export type ChannelFinding = Extract<Finding, { channelId: string }>;

/** The evidence of a finding, to be read by people. */
export function figuresOf(finding: Finding): Figure[] {
  return ALL_FINDINGS.flatMap((one) => one.figuresOf(finding));
}

/** The sentence of a finding, to be written for its reader. */
export function sentenceOf(finding: Finding): Sentence {
  return ALL_FINDINGS.map((one) => one.sentenceOf(finding)).find((sentence) => sentence !== undefined) ?? [];
}

/** What is said of several channels about which the same is found, behind how many they are. */
export function severalOf({ code }: Finding): string {
  return ALL_FINDINGS.find((one) => one.code === code)?.several ?? '';
}

/** What a finding is called in short, such as `drop`. */
export function shortNameOf({ code }: Finding): string {
  return ALL_FINDINGS.find((one) => one.code === code)?.shortName ?? '';
}

/** The channel that a finding is about; nothing where it is about none. */
export function channelOf(finding: Finding): string | undefined {
  return 'channelId' in finding ? finding.channelId : undefined;
}
