import * as z from 'zod/mini';
import { described } from './described.ts';

/** What is counted, in the words in which it is told. */
interface CountedThing {
  /** What it is called where its field needs no more than a name. */
  name: string;
  /** The field that holds it, in answers as in items. */
  field: `${string}Count`;
  /** The field that holds their sum in a report. */
  total: `total${string}`;
  /** One of them, within a sentence. */
  noun: string;
  /** As a heading. */
  title: string;
  /**
   * What exactly is counted.
   *
   * @param where goes behind what is counted, such as ` on this channel`
   * @param when goes behind what happens at a time, such as ` in the period`
   */
  meaning: (where: string, when: string) => string;
  /** Which of them a report on a period counts. */
  note: string;
}

/** What channels are ordered by, and have shares of. */
export const MESSAGES = {
  name: 'messages',
  field: 'messageCount',
  total: 'totalMessages',
  noun: 'message',
  title: 'Messages',
  meaning: (where) => `Messages of users${where}.`,
  note: 'Messages are those of users.',
} as const satisfies CountedThing;

const CONVERSATIONS = {
  name: 'conversations',
  field: 'conversationCount',
  total: 'totalConversations',
  noun: 'conversation',
  title: 'Conversations',
  meaning: (where, when) => `Conversations${where} that started${when}.`,
  note: 'Conversations are those that started in the period.',
} as const satisfies CountedThing;

/** What is counted beside messages. */
export const FURTHER_METRICS = [CONVERSATIONS] as const;

/**
 * All that is counted. Every sum, snapshot, comparison, table and file takes what it holds from here, in this
 * order: what is added here is counted, stored and shown.
 */
export const METRICS = [MESSAGES, ...FURTHER_METRICS] as const;

/** One of the things that are counted. */
export type Metric = (typeof METRICS)[number];

/** One of those beside messages. */
export type FurtherMetric = (typeof FURTHER_METRICS)[number];

/** Something for each metric, under the name of its field. */
export type ByField<Value> = Record<Metric['field'], Value>;

/** One figure for each metric. */
export type Counts = Readonly<ByField<number>>;

/** Makes something for each metric, under the name of its field. */
// @__NO_SIDE_EFFECTS__
export function byField<Value>(make: (metric: Metric) => Value): ByField<Value> {
  return { messageCount: make(MESSAGES), conversationCount: make(CONVERSATIONS) };
}

/** Makes something for each metric, under its name. */
// @__NO_SIDE_EFFECTS__
export function byName<Value>(make: (metric: Metric) => Value): Record<Metric['name'], Value> {
  return { messages: make(MESSAGES), conversations: make(CONVERSATIONS) };
}

/** Makes something for each metric, under the name of its total. */
// @__NO_SIDE_EFFECTS__
export function byTotal<Value>(make: (metric: Metric) => Value): Record<Metric['total'], Value> {
  return { totalMessages: make(MESSAGES), totalConversations: make(CONVERSATIONS) };
}

/** Nothing was counted. */
export const ZERO: Counts = byField(() => 0);

/** The sum of two counts. */
export function add(a: Counts, b: Counts): Counts {
  return byField(({ field }) => a[field] + b[field]);
}

/** What is left of counts without others. */
export function subtract(a: Counts, b: Counts): Counts {
  return byField(({ field }) => a[field] - b[field]);
}

/** Whether two counts are the same. */
export function equal(a: Counts, b: Counts): boolean {
  return METRICS.every(({ field }) => a[field] === b[field]);
}

/** The sum of counts. */
export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(add, ZERO);
}

/** The counts alone of something that has more than counts. */
export function countsOf(counted: Counts): Counts {
  return byField(({ field }) => counted[field]);
}

/** Counts for the examples of the API description. */
export function exampleCounts(messageCount: number, conversationCount: number): Counts {
  return { messageCount, conversationCount };
}

/** A count, as it is answered and stored. Each field needs one of its own, to be described by itself. */
// @__NO_SIDE_EFFECTS__
export function count() {
  return z.int().check(z.nonnegative());
}

/** A count of something, described by what exactly is counted. */
// @__NO_SIDE_EFFECTS__
export function countOf({ meaning }: Metric, { where = '', when = '' } = {}) {
  return described(count(), meaning(where, when));
}
