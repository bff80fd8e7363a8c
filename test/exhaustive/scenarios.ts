import { DEFAULT_WINDOW_RULES } from '../../functions/shared/domain/daily-counter.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { DAY_MS, HOUR_MS } from '../../functions/shared/domain/utc-day.ts';
import { DEFAULT_SEALING_LIMITS } from '../../functions/take-daily-snapshot/peer-sealer.ts';
import { writesCounter } from '../support/database/transactions.ts';
import { PEER } from './roles.ts';
import type { Scenario } from './world.ts';

const NOW = Date.parse('2026-11-10T02:00:00.000Z');
const YESTERDAY = NOW - DAY_MS;
const YEARS_AGO = NOW - 1_000 * DAY_MS;
const SECOND_OF_MONTH = Date.parse('2026-11-02T02:00:00.000Z');

function message(messageId: string, sentAt: number, more: Partial<Message> = {}): Message {
  return { peerId: PEER, conversationId: 'k', messageId, channelId: 'c', role: 'user', sentAt, ...more };
}

const USUAL = {
  now: NOW,
  hasSealer: true,
  hasReader: true,
  rules: DEFAULT_WINDOW_RULES,
  limits: DEFAULT_SEALING_LIMITS,
};

/** What is tried in every order. */
export const SCENARIOS: readonly Scenario[] = [
  {
    ...USUAL,
    name: 'one message is delivered to two counters, and nothing is there yet',
    messages: [message('m1', YESTERDAY)],
    counters: [[[0]], [[0]]],
  },
  {
    ...USUAL,
    name: 'two counters make the secret of all hashes at once',
    messages: [message('m1', YESTERDAY)],
    counters: [[[0]], [[0]]],
    hasOwnSecrets: true,
    hasSealer: false,
    hasReader: false,
  },
  {
    ...USUAL,
    name: 'one conversation over two days, whose later message comes to both counters',
    messages: [
      message('m0', YESTERDAY - HOUR_MS, { conversationId: 'k0' }),
      message('m1', YESTERDAY),
      message('m2', NOW),
    ],
    before: ({ count }) => count([0], YESTERDAY),
    counters: [[[1, 2]], [[2]]],
  },
  {
    ...USUAL,
    name: 'two channels of a day that is being sealed',
    messages: [
      message('m0', YESTERDAY - HOUR_MS),
      message('m1', YESTERDAY),
      message('m2', YESTERDAY, { channelId: 'd' }),
    ],
    before: ({ count }) => count([0], YESTERDAY),
    counters: [[[1, 2]], [[2]]],
  },
  {
    ...USUAL,
    name: 'messages come late, into two days that are sealed',
    messages: [
      message('m0', YESTERDAY - HOUR_MS, { conversationId: 'k0' }),
      message('m1', YESTERDAY - DAY_MS),
      message('m2', YESTERDAY),
    ],
    async before({ count, seal }) {
      await count([0], YESTERDAY);
      await seal(NOW);
    },
    counters: [[[1, 2]], [[2]]],
  },
  {
    ...USUAL,
    name: 'messages of two months and channels come late, each to one counter',
    now: SECOND_OF_MONTH,
    messages: [
      message('m0', SECOND_OF_MONTH - DAY_MS),
      message('m1', SECOND_OF_MONTH - DAY_MS),
      message('m2', SECOND_OF_MONTH - 2 * DAY_MS, { channelId: 'd' }),
    ],
    async before({ count, seal }) {
      await count([0], SECOND_OF_MONTH - DAY_MS);
      await seal(SECOND_OF_MONTH);
    },
    counters: [[[1]], [[2]]],
  },
  {
    ...USUAL,
    name: 'the message that a conversation marker names is not counted yet',
    messages: [
      message('m0', YESTERDAY - HOUR_MS, { conversationId: 'k0' }),
      message('m1', YESTERDAY),
      message('m2', NOW),
    ],
    async before({ count, countUntil }) {
      await count([0], YESTERDAY);
      await countUntil([1], YESTERDAY, writesCounter);
    },
    counters: [[[2]], [[1]]],
  },
  {
    ...USUAL,
    name: 'a counter archives its window with every message',
    messages: [message('m0', YESTERDAY), message('m1', YESTERDAY), message('m2', YESTERDAY)],
    before: ({ count }) => count([0], YESTERDAY),
    rules: { windowCapacity: 1, fingerprintsPerWindow: 1, windowsTogether: 0 },
    counters: [[[1, 2]], [[2]]],
  },
  {
    ...USUAL,
    name: 'the first messages of a day of years ago come to two counters',
    messages: [
      message('m0', YESTERDAY - HOUR_MS, { conversationId: 'k0' }),
      message('m1', YEARS_AGO),
      message('m2', YEARS_AGO + HOUR_MS),
    ],
    async before({ count, seal }) {
      await count([0], YESTERDAY);
      await seal(NOW);
    },
    counters: [[[1]], [[2]]],
  },
];
