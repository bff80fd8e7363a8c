import { describe, expect, test } from 'vitest';
import type { AllTime, Channel } from '../../../../functions/shared/domain/channel.ts';
import { type Counts, ZERO } from '../../../../functions/shared/domain/metrics.ts';
import {
  type ChannelTotal,
  type MonthOfSnapshots,
  NO_TOTALS,
  type PeerTotals,
} from '../../../../functions/shared/domain/peer-totals.ts';
import {
  areChannelsKnown,
  type NumberedDayCounts,
  type StoredUsage,
  usageOf,
} from '../../../../functions/shared/domain/stored-usage.ts';

const FRIDAY = '2026-11-20';
const SATURDAY = '2026-11-21';
const SUNDAY = '2026-11-22';

const CHANNELS: Channel[] = ['a', 'b'].map((channelId, index) => ({
  channelId,
  number: index + 1,
  status: 'enabled',
  registeredAt: 0,
}));

function counts(messageCount: number, conversationCount: number): Counts {
  return { messageCount, conversationCount };
}

function total(messageCount: number, conversationCount: number, lastMessageAt: number): ChannelTotal {
  return { messageCount, conversationCount, lastMessageAt };
}

function counter(day: string, counted: Counts, lastMessageAt?: number, channelNumber = 1): NumberedDayCounts {
  return {
    ...{ channelId: channelNumber === 1 ? 'a' : 'b', channelNumber, day },
    ...counted,
    ...(lastMessageAt !== undefined && { lastMessageAt }),
  };
}

/** Sealed up to Saturday, and complete up to Friday. */
const TOTALS: PeerTotals = {
  ...NO_TOTALS,
  revision: 2,
  sealedThrough: SATURDAY,
  completeThrough: FRIDAY,
  channels: new Map([[1, total(110, 11, 50)]]),
  recent: new Map([[SATURDAY, new Map([[1, counts(10, 1)]])]]),
  months: new Map([['2026-11', 2]]),
};

const MONTH: MonthOfSnapshots = {
  month: '2026-11',
  revision: 2,
  days: new Map([
    [FRIDAY, { channels: new Map([[1, counts(100, 10)]]), changedAt: 0, revision: 1 }],
    [SATURDAY, { channels: new Map([[1, counts(10, 1)]]), changedAt: 0, revision: 1 }],
  ]),
  digests: new Map(),
};

function stored(more: Partial<StoredUsage> = {}): StoredUsage {
  return { channels: CHANNELS, purged: [], totals: TOTALS, months: [MONTH], counters: [], ...more };
}

/** What is read of the channel `a`: messages and conversations of all time, and of each day. */
function figures(usage: StoredUsage) {
  const { channels, days } = usageOf(usage);
  const allTime: AllTime = channels[0]?.allTime ?? ZERO;
  return {
    allTime: [allTime.messageCount, allTime.conversationCount, allTime.lastMessageAt],
    days: days.map((day) => [day.channelId, day.day, day.messageCount, day.conversationCount]),
  };
}

const SEALED = {
  allTime: [110, 11, 50],
  days: [
    ['a', FRIDAY, 100, 10],
    ['a', SATURDAY, 10, 1],
  ],
};

test('days that are sealed are those of the snapshots, and all time is that of the totals', () => {
  expect(figures(stored())).toEqual(SEALED);
});

test('each channel is read with what the registry says of it, also one without messages', () => {
  expect(usageOf(stored()).channels).toEqual([
    { ...CHANNELS[0], allTime: total(110, 11, 50) },
    { ...CHANNELS[1], allTime: ZERO },
  ]);
});

describe('of a counter', () => {
  test('that is not sealed, everything is added to its day and to all time', () => {
    expect(figures(stored({ counters: [counter(SUNDAY, counts(3, 2), 60)] }))).toEqual({
      allTime: [113, 13, 60],
      days: [...SEALED.days, ['a', SUNDAY, 3, 2]],
    });
  });

  test('that is part of the totals, nothing is added', () => {
    expect(figures(stored({ counters: [counter(SATURDAY, counts(10, 1), 50)] }))).toEqual(SEALED);
  });

  test('that is read as it was later, what the totals lack is added', () => {
    expect(figures(stored({ counters: [counter(SATURDAY, counts(14, 3), 70)] }))).toEqual({
      allTime: [114, 13, 70],
      days: [
        ['a', FRIDAY, 100, 10],
        ['a', SATURDAY, 14, 3],
      ],
    });
  });

  test('that is read as it was before it was sealed, nothing is taken away', () => {
    expect(figures(stored({ counters: [counter(SATURDAY, counts(7, 1), 40)] }))).toEqual(SEALED);
    expect(figures(stored({ counters: [counter(SATURDAY, ZERO)] }))).toEqual(SEALED);
  });

  test('of a sealed day that sealing has missed, everything is added', () => {
    const { channels } = usageOf(stored({ counters: [counter(SATURDAY, counts(4, 1), 30, 2)] }));
    expect(channels[1]?.allTime).toEqual(total(4, 1, 30));
  });

  test('that holds no message, no day is made', () => {
    expect(figures(stored({ counters: [counter(SUNDAY, ZERO)] }))).toEqual(SEALED);
  });
});

test('without anything sealed, all figures are those of the counters', () => {
  const counters = [counter(FRIDAY, counts(5, 2), 20), counter(SATURDAY, counts(1, 0), 30)];
  expect(figures({ channels: CHANNELS, purged: [], totals: NO_TOTALS, months: [], counters })).toEqual({
    allTime: [6, 2, 30],
    days: [
      ['a', FRIDAY, 5, 2],
      ['a', SATURDAY, 1, 0],
    ],
  });
});

test('what was read fits together only where every channel of it was read as well', () => {
  const [first] = CHANNELS;
  const channels = first === undefined ? [] : [first];
  expect(areChannelsKnown(stored({ channels }))).toBe(true);
  expect(areChannelsKnown(stored({ channels: [] }))).toBe(false);
  const counters = [counter(SUNDAY, counts(1, 1), 1, 2)];
  expect(areChannelsKnown(stored({ channels, counters }))).toBe(false);
  expect(areChannelsKnown(stored({ counters }))).toBe(true);
});
