import { describe, expect, test } from 'vitest';
import {
  findingsOf,
  historyOf,
  narrowed,
  narrowingTo,
  oneDay,
  statsOf,
  weeksOf,
  withStatuses,
} from '../../dashboard/src/state/narrowing.ts';
import { compareFigures } from '../../functions/shared/domain/comparison.ts';
import type { Finding } from '../../functions/shared/domain/findings/findings.ts';

const SLACK = { channelId: 'integration_1', channelName: 'Slack' };
const DIRECT = { channelId: 'direct', channelName: 'Direct/Web' };
const STATS = {
  channels: [
    { ...SLACK, messageCount: 30, conversationCount: 4, percentage: 75 },
    { ...DIRECT, messageCount: 10, conversationCount: 2, percentage: 25 },
  ],
  total: { messageCount: 40, conversationCount: 6 },
};
const DAY = '2026-11-24';

describe('what the page is narrowed to', () => {
  test('a part of it is changed or taken away, and the other stays', () => {
    const both = { channelId: 'direct', days: oneDay(DAY) };
    expect(narrowed({ channelId: 'direct' }, { days: oneDay(DAY) })).toEqual(both);
    expect(narrowed(both, { channelId: undefined })).toEqual({ days: oneDay(DAY) });
    expect(narrowed(both, { channelId: undefined, days: undefined })).toEqual({});
  });

  test('the figures of one channel are those that it has among all', () => {
    expect(statsOf(STATS, undefined)).toBe(STATS);
    expect(statsOf(STATS, 'direct')).toEqual({
      channels: [STATS.channels[1]],
      total: { messageCount: 10, conversationCount: 2 },
    });
    const [first, direct] = STATS.channels;
    const previous = { messages: compareFigures(10, 5), conversations: compareFigures(2, 2) };
    const compared = [
      { ...first, ...STATS.total, ...SLACK },
      { ...direct, ...STATS.total, ...DIRECT, previous },
    ];
    expect(statsOf({ ...STATS, channels: compared, complete: false }, 'direct')).toEqual({
      channels: [compared[1]],
      total: { ...STATS.total, previous },
      complete: false,
    });
    expect(statsOf(STATS, 'gone')).toEqual({
      channels: [],
      total: { messageCount: 0, conversationCount: 0 },
    });
  });

  test('a history is that of the channel, from where the peer’s begins', () => {
    const bucket = { start: DAY, end: DAY, complete: true, ...STATS, cumulative: STATS.total };
    const answer = {
      query: { peerId: 'a', from: DAY, to: DAY, interval: 'day', timezone: 'UTC' },
      buckets: [bucket],
      asOf: `${DAY}T10:00:00Z`,
    } as const;
    const history = { ...answer, buckets: [...answer.buckets] };
    expect(historyOf(history, undefined)).toBe(history);
    expect(historyOf(history, 'direct').buckets).toEqual([
      {
        ...bucket,
        channels: [STATS.channels[1]],
        total: { messageCount: 10, conversationCount: 2 },
      },
    ]);
    expect(withStatuses(history)).toBe(history);
    const [first, second] = STATS.channels;
    const statuses = [first, second].flatMap((channel) => channel ?? []);
    const marked = withStatuses(
      history,
      statuses.map((channel, index) => ({ ...channel, status: index === 0 ? 'enabled' : 'disabled' })),
    );
    expect(marked.buckets[0]?.channels.map(({ channelName }) => channelName)).toEqual([
      'Slack',
      'Direct/Web (disabled)',
    ]);
  });

  test('a week’s total is that of the channel', () => {
    const messages = compareFigures(30, 20);
    const conversations = compareFigures(4, 4);
    const total = { messages: compareFigures(40, 20), conversations: compareFigures(6, 4) };
    const slack = { ...SLACK, messages, conversations };
    const week = { start: '2026-11-18', end: DAY, channels: [slack], total };
    expect(weeksOf([week], undefined)).toEqual([week]);
    expect(weeksOf([week], SLACK.channelId)).toEqual([{ ...week, total: slack }]);
    expect(weeksOf([week], 'gone')).toEqual([]);
  });
});

describe('findings of what the page is narrowed to', () => {
  const inactive: Finding = {
    code: 'inactive_channel',
    severity: 'warning',
    channelId: 'direct',
    message: 'Direct/Web has had no message',
    evidence: {
      from: '2026-11-18',
      to: DAY,
      days: 20,
      thresholdDays: 7,
      lastMessageDay: '2026-11-04',
      registeredDay: '2026-01-01',
    },
  };
  const drop: Finding = {
    code: 'traffic_drop',
    severity: 'warning',
    channelId: 'integration_1',
    message: 'Slack had 10 messages',
    evidence: {
      day: DAY,
      messageCount: 10,
      median: 40,
      percentOfMedian: 25,
      thresholdPercent: 50,
      leastMedian: 20,
      baselineWeeks: 4,
      baseline: [],
    },
  };
  const behind: Finding = {
    code: 'counting_behind',
    severity: 'warning',
    message: 'Not all messages may be counted',
    evidence: { day: DAY, countedThrough: null, lagSeconds: null },
  };
  const all = [behind, inactive, drop];

  test('are those about the channel, and those about none', () => {
    expect(findingsOf(all, {})).toEqual(all);
    expect(findingsOf(all, { channelId: 'direct' })).toEqual([behind, inactive]);
  });

  test('are those that judge the day', () => {
    expect(findingsOf(all, { days: oneDay(DAY) })).toEqual(all);
    expect(findingsOf(all, { days: oneDay('2026-11-23') })).toEqual([inactive]);
    expect(findingsOf(all, { days: { from: '2026-11-23', to: '2026-11-29' } })).toEqual(all);
  });

  test('lead to their channel, and to the day where they judge one', () => {
    expect(narrowingTo(inactive)).toEqual({ channelId: 'direct' });
    expect(narrowingTo(drop)).toEqual({ channelId: 'integration_1', days: oneDay(DAY) });
    expect(narrowingTo(behind)).toEqual({ days: oneDay(DAY) });
  });
});
