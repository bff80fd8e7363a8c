import {
  type ChannelStatsQuery,
  channelStats,
  INCLUDABLE_CHANNELS,
  type PeerUsage,
} from '../../functions/shared/domain/channel-stats.ts';
import { firstDayOfGrowth, growth } from '../../functions/shared/domain/growth.ts';
import { firstDayOfHealth, health } from '../../functions/shared/domain/health.ts';
import { DEFAULT_HEALTH_SETTINGS } from '../../functions/shared/domain/health-settings.ts';
import { history } from '../../functions/shared/domain/history.ts';
import { INTERVALS } from '../../functions/shared/domain/interval.ts';
import { monthBefore, monthOf } from '../../functions/shared/domain/month.ts';
import { firstDayOfReport, type ReportPeriod, report } from '../../functions/shared/domain/report.ts';
import { addDays, EARLIEST_DAY, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import type { Random } from '../support/random.ts';
import {
  checkBetween,
  checkDays,
  encoded,
  expectBetween,
  expectEqual,
  type Sum,
  sums,
  sumsByDay,
  type Truth,
} from './truth.ts';

/** What a reader of the API asks for, and what the answer may be. */
export interface Question {
  name: QuestionName;
  /** The days that it is read with, as the endpoint does. */
  range: { from?: UtcDay; to?: UtcDay };
  /**
   * Checks an answer against what was counted before it was read, and after.
   *
   * @throws Error that says which figure cannot be
   */
  check(usage: PeerUsage, counted: Span): void;
}

/** What was counted of a peer, before its figures were read and after. */
export interface Span {
  peerId: string;
  before: Truth;
  after: Truth;
}

const EVERY_CHANNEL = new Set(INCLUDABLE_CHANNELS);

/** The endpoints whose answers schedules check. */
export const QUESTION_NAMES = ['channel-stats', 'history', 'growth', 'report', 'health'] as const;
export type QuestionName = (typeof QUESTION_NAMES)[number];

const QUESTIONS: Record<QuestionName, (random: Random, today: UtcDay) => Omit<Question, 'name'>> = {
  'channel-stats': askChannelStats,
  history: askHistory,
  growth: askGrowth,
  report: askReport,
  health: askHealth,
};

/** A question about days up to now. */
export function randomQuestion(random: Random, today: UtcDay): Question {
  const name = random.pick(QUESTION_NAMES);
  const { range, check } = QUESTIONS[name](random, today);
  return {
    name,
    range,
    check: (usage, counted) => {
      check(usage, counted);
      checkAllTime(usage, counted);
    },
  };
}

function askChannelStats(random: Random, today: UtcDay): Omit<Question, 'name'> {
  const from = addDays(today, -random.integer(0, 5));
  const to = addDays(from, random.integer(0, 4));
  const range = random.pick<Pick<ChannelStatsQuery, 'from' | 'to'>>([
    {},
    { from, to },
    { from },
    { from: EARLIEST_DAY },
  ]);
  return {
    range,
    check(usage, { peerId, before, after }) {
      checkBetween(channelStats(usage, range), sums(before, peerId, range), sums(after, peerId, range));
      if (range.from === EARLIEST_DAY) {
        checkDays(usage, sumsByDay(before, peerId), sumsByDay(after, peerId));
      }
    },
  };
}

function askHistory(random: Random, today: UtcDay): Omit<Question, 'name'> {
  const from = addDays(today, -random.integer(0, 6));
  const to = addDays(from, random.integer(0, 6));
  const interval = random.pick(INTERVALS);
  return {
    range: { from },
    check(usage, counted) {
      const buckets = history(usage, { from, to, interval, include: EVERY_CHANNEL, today });
      for (const { start, end, total, cumulative } of buckets) {
        expectTotal(`the bucket from ${start}`, total, counted, { from: start, to: end });
        expectTotal(`all up to ${end}`, cumulative, counted, { to: end });
      }
      expectEqual(
        'what cumulative figures grow by',
        buckets
          .slice(1)
          .map(({ cumulative }, before) => [
            cumulative.messageCount - (buckets[before]?.cumulative.messageCount ?? 0),
            cumulative.conversationCount - (buckets[before]?.cumulative.conversationCount ?? 0),
          ]),
        buckets.slice(1).map(({ total }) => [total.messageCount, total.conversationCount]),
      );
    },
  };
}

function askGrowth(random: Random, today: UtcDay): Omit<Question, 'name'> {
  // Also of weeks that have not come yet: what is counted here was sent within one.
  const query = {
    weeks: random.integer(1, 2),
    through: addDays(today, random.integer(-2, 12)),
    include: EVERY_CHANNEL,
  };
  return {
    range: { from: firstDayOfGrowth(query) },
    check(usage, counted) {
      for (const { start, end, total } of growth(usage, query)) {
        const [from, to] = [addDays(start, -7), addDays(start, -1)];
        const { messages, conversations } = total;
        const current = { messageCount: messages.current, conversationCount: conversations.current };
        expectTotal(`the week from ${start}`, current, counted, { from: start, to: end });
        if (messages.previous === null || conversations.previous === null) {
          if (hasBegun(counted.before, counted, from)) throw new Error(`there is a history before ${start}`);
        } else {
          if (!hasBegun(counted.after, counted, from)) throw new Error(`there is no history before ${start}`);
          const previous = { messageCount: messages.previous, conversationCount: conversations.previous };
          expectTotal(`the week before ${start}`, previous, counted, { from, to });
        }
      }
    },
  };
}

function askReport(random: Random, today: UtcDay): Omit<Question, 'name'> {
  const period = random.pick<ReportPeriod>([monthOf(today), monthBefore(monthOf(today)), 'all']);
  const from = firstDayOfReport(period);
  return {
    range: from === undefined ? {} : { from },
    check(usage, counted) {
      const made = report(usage, { peerId: counted.peerId, period, include: EVERY_CHANNEL, today });
      const { totalMessages: messageCount, totalConversations: conversationCount } = made.overview;
      const range = period === 'all' ? {} : { from: `${period}-01`, to: `${period}-31` };
      expectTotal(`the report on ${period}`, { messageCount, conversationCount }, counted, range);
    },
  };
}

function askHealth(random: Random, today: UtcDay): Omit<Question, 'name'> {
  const through = addDays(today, random.integer(-2, 3));
  const settings = { ...DEFAULT_HEALTH_SETTINGS, inactiveAfterDays: 1 };
  return {
    range: { from: firstDayOfHealth(through) },
    check(usage, counted) {
      for (const { code, evidence, ...finding } of health(usage, { through, settings }).findings) {
        if (code !== 'inactive_channel' || !('channelId' in finding)) continue;
        const [least, most] = [counted.before, counted.after].map((truth) =>
          lastDay(truth, counted.peerId, finding.channelId),
        );
        const { lastMessageDay } = evidence;
        if ((least ?? '') <= (lastMessageDay ?? '') && (lastMessageDay ?? '') <= (most ?? '')) continue;
        throw new Error(
          `${finding.channelId} had its last message on ${least} to ${most}: ${lastMessageDay}`,
        );
      }
    },
  };
}

function checkAllTime(usage: PeerUsage, { peerId, before, after }: Span): void {
  checkBetween(channelStats(usage, {}), sums(before, peerId, {}), sums(after, peerId, {}));
}

function expectTotal(
  name: string,
  { messageCount, conversationCount }: { messageCount: number; conversationCount: number },
  { peerId, before, after }: Span,
  range: { from?: UtcDay; to?: UtcDay },
): void {
  const total = (truth: Truth): Sum =>
    [...sums(truth, peerId, range).values()].reduce(
      (sum, one) => ({
        messages: sum.messages + one.messages,
        conversations: sum.conversations + one.conversations,
      }),
      { messages: 0, conversations: 0 },
    );
  const read = { messages: messageCount, conversations: conversationCount };
  expectBetween(name, read, total(before), total(after));
}

/** Whether something was counted on a day, or on one before it. */
function hasBegun(truth: Truth, { peerId }: Span, day: UtcDay): boolean {
  return [...sums(truth, peerId, { to: day }).values()].some(({ messages }) => messages > 0);
}

function lastDay(truth: Truth, peerId: string, channelId: string): UtcDay | undefined {
  return [...truth.values()]
    .filter(({ peer, messages }) => peer === `PEER#${encoded(peerId)}` && messages > 0)
    .filter((entry) => entry.channelId === encoded(channelId))
    .map(({ day }) => day)
    .sort()
    .at(-1);
}
