import type { MalformedItemError } from '../domain/errors.ts';
import { type Month, monthOf } from '../domain/month.ts';
import type { MonthOfSnapshots } from '../domain/peer-totals.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import type { StoredSnapshots } from '../store/audit-reader.ts';

/** All that is stored of a month. */
export interface MonthWithCounters<Counter> {
  month: Month;
  /** What is wrong with its snapshots, where they are malformed; nothing where there are none. */
  stored?: MonthOfSnapshots | MalformedItemError;
  counters: Counter[];
}

/**
 * Joins the counters of a peer and its months, both in the order of time, by month.
 *
 * @param named further months, which need not be stored
 */
export async function* byMonth<Counter extends { day: UtcDay }>(
  counters: AsyncIterable<Counter[]>,
  months: AsyncIterable<StoredSnapshots>,
  named: Iterable<Month>,
): AsyncGenerator<MonthWithCounters<Counter>> {
  const stored = months[Symbol.asyncIterator]();
  const namedInOrder = [...named].sort();
  let next = await stored.next();
  async function* upTo(month: Month | undefined): AsyncGenerator<MonthWithCounters<Counter>> {
    for (;;) {
      const [first] = namedInOrder;
      const candidates = [first, next.done === true ? undefined : next.value.month];
      const [earliest] = candidates.filter((one) => one !== undefined).sort();
      if (earliest === undefined || (month !== undefined && earliest >= month)) return;
      yield await take(earliest, []);
    }
  }
  async function take(month: Month, ofMonth: Counter[]): Promise<MonthWithCounters<Counter>> {
    if (namedInOrder[0] === month) namedInOrder.shift();
    if (next.done === true || next.value.month !== month) return { month, counters: ofMonth };
    const found = { month, stored: next.value.stored, counters: ofMonth };
    next = await stored.next();
    return found;
  }
  let current: Counter[] = [];
  for await (const page of counters) {
    for (const counter of page) {
      const [first] = current;
      if (first !== undefined && monthOf(first.day) !== monthOf(counter.day)) {
        yield* upTo(monthOf(first.day));
        yield await take(monthOf(first.day), current);
        current = [];
      }
      current.push(counter);
    }
  }
  const [last] = current;
  if (last !== undefined) {
    yield* upTo(monthOf(last.day));
    yield await take(monthOf(last.day), current);
  }
  yield* upTo(undefined);
}
