import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UsedChannel } from '../../../../../functions/shared/domain/channel.ts';
import type { PeerUsage } from '../../../../../functions/shared/domain/channel-stats.ts';
import {
  channelOf,
  type Finding,
  sentenceOf,
} from '../../../../../functions/shared/domain/findings/findings.ts';
import { inEnglish } from '../../../../../functions/shared/domain/findings/sentence.ts';
import { HEALTH_SETTING_LIMITS } from '../../../../../functions/shared/domain/health-settings.ts';
import { ago, judge, read } from '../../../../support/usage/judged-health.ts';
import type { Day } from '../../../../support/usage/peer-usage.ts';

const CHANNELS = ['a', 'b', 'c'];

/** Days on which channels were used so that a peer of them has findings of every kind sooner or later. */
const peerUsage = fc
  .record({
    days: fc.array(
      fc.tuple(
        fc.constantFrom(...CHANNELS),
        fc.constantFrom(0, 1, 7, 14, 21, 28, 60),
        fc.constantFrom(1, 2, 20, 40, 1_000, 123_456),
      ),
      { maxLength: 20 },
    ),
    unused: fc.subarray(CHANNELS),
    names: fc.constantFrom(['Slack', 'Slack', 'Email'], ['Slack', 'Slack', 'Slack'], ['A', 'B', 'C']),
  })
  .map(({ days, unused, names }) => {
    const usage = read(
      days.map(([channelId, daysAgo, messages]): Day => [channelId, ago(daysAgo), messages, 1]),
      { channels: unused },
    );
    return { ...usage, channels: usage.channels.map((channel) => named(channel, names)) };
  });

const { newForDays, ...limits } = HEALTH_SETTING_LIMITS;
const settings = fc.record({
  ...Object.fromEntries(
    Object.entries(limits).map(([name, { least, most }]) => [name, fc.integer({ min: least, max: most })]),
  ),
  leastMedian: fc.integer({ min: 1, max: 50 }),
  newForDays: fc.integer({ min: newForDays.least, max: newForDays.most }),
});

test('no channel both dominates and has high traffic, whatever the thresholds are', () => {
  fc.assert(
    fc.property(peerUsage, settings, (usage, thresholds) => {
      const shares = judge(usage, thresholds).findings.filter(
        ({ code }) => code === 'dominant_channel' || code === 'high_traffic',
      );
      const channels = shares.map(channelOf);
      expect(channels).toEqual([...new Set(channels)]);
      if (usage.channels.length < 2) expect(channels).toEqual([]);
    }),
  );
});

test('every number and every day of a message is in its evidence', () => {
  const codes = new Set<Finding['code']>();
  fc.assert(
    fc.property(peerUsage, fc.option(settings, { nil: {} }), (usage, thresholds) => {
      for (const finding of judge(usage, thresholds).findings) {
        codes.add(finding.code);
        expect(leavesOf(finding.evidence)).toEqual(expect.arrayContaining(numbersOf(finding.message)));
      }
    }),
    { seed: 1, numRuns: 500 },
  );
  expect([...codes].sort()).toEqual([
    'dominant_channel',
    'high_traffic',
    'inactive_channel',
    'new_channel',
    'traffic_drop',
    'traffic_spike',
  ]);
});

test('a message is the sentence of its evidence about the channel, with its id where another has its name', () => {
  fc.assert(
    fc.property(peerUsage, (usage) => {
      for (const finding of judge(usage).findings) {
        expect(finding.message).toBe(inEnglish(sentenceOf(finding), calledIn(usage, finding)));
      }
    }),
  );
});

function named(channel: UsedChannel, names: readonly string[]): UsedChannel {
  return { ...channel, messageName: names[CHANNELS.indexOf(channel.channelId)] ?? '' };
}

function calledIn({ channels }: PeerUsage, finding: Finding): string {
  const channelId = channelOf(finding);
  const name = channels.find((channel) => channel.channelId === channelId)?.messageName ?? '';
  const isAlone = channels.filter(({ messageName }) => messageName === name).length === 1;
  return isAlone ? name : `${name} (${channelId})`;
}

/** Days and numbers, as they are written. */
function numbersOf(message: string): string[] {
  return message.match(/\d{4}-\d{2}-\d{2}|\d+(?:\.\d+)?/g) ?? [];
}

function leavesOf(evidence: Finding['evidence']): string[] {
  return Object.values(evidence)
    .filter((value) => typeof value !== 'object')
    .map(String);
}
