import * as z from 'zod/mini';
import { described } from './described.ts';

/** What is counted, in the words in which it is told. */
interface MetricWords {
  /** The field that holds it, in answers as in items. */
  field: `${string}Count`;
  /** One of them, within a sentence. */
  noun: string;
  /** As a heading. */
  title: string;
  /** What exactly is counted. */
  meaning: string;
}

/**
 * All that is counted. Every sum, snapshot, comparison, table and file takes what it holds from here, in this
 * order: what is added here is counted, stored and shown.
 */
export const METRICS = {
  messages: {
    field: 'messageCount',
    noun: 'message',
    title: 'Messages',
    meaning: 'Messages of users',
  },
  conversations: {
    field: 'conversationCount',
    noun: 'conversation',
    title: 'Conversations',
    meaning: 'Conversations that started',
  },
} as const satisfies Record<string, MetricWords>;

/** The name of a metric, such as `messages`. */
export type Metric = keyof typeof METRICS;

/** The name of a field that holds a count, such as `messageCount`. */
export type CountField = (typeof METRICS)[Metric]['field'];

/** One figure for each metric. */
export type Counts = Record<CountField, number>;

/** Something for each metric, under the name of its field. */
export function byField<Value>(make: (field: CountField) => Value): Record<CountField, Value> {
  return { messageCount: make('messageCount'), conversationCount: make('conversationCount') };
}

/** Something for each metric, under its name. */
export function byMetric<Value>(make: (metric: Metric) => Value): Record<Metric, Value> {
  return { messages: make('messages'), conversations: make('conversations') };
}

/** Nothing was counted. */
export const ZERO: Readonly<Counts> = byField(() => 0);

/** The sum of two counts. */
export function add(a: Counts, b: Counts): Counts {
  return byField((field) => a[field] + b[field]);
}

/** What is left of counts without others. */
export function subtract(a: Counts, b: Counts): Counts {
  return byField((field) => a[field] - b[field]);
}

/** Whether two counts are the same. */
export function equal(a: Counts, b: Counts): boolean {
  return Object.values(METRICS).every(({ field }) => a[field] === b[field]);
}

/** The sum of counts. */
export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(add, ZERO);
}

/** The counts of something that has more than counts. */
export function countsOf(counts: Counts): Counts {
  return byField((field) => counts[field]);
}

/** A count, as it is answered and stored. Each field needs one of its own, to be described by itself. */
export function count() {
  return z.int().check(z.nonnegative());
}

/**
 * The fields of an object that holds counts.
 *
 * @param where goes behind what is counted, such as ` on this channel`
 */
export function countFields(where = '') {
  return byField((field) => {
    const { meaning } = Object.values(METRICS).find((metric) => metric.field === field) ?? { meaning: field };
    return described(count(), `${meaning}${where}.`);
  });
}
