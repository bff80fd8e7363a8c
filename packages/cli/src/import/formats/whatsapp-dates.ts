import {
  DAY_MS,
  dayOf,
  type EpochMillis,
  isUtcDay,
  startOf,
  type UtcDay,
} from '../../../../../functions/shared/domain/utc-day.ts';
import { DATE_ORDERS, type DateOrder } from '../read-options.ts';
import type { ChatLine } from './whatsapp-lines.ts';

/** WhatsApp began in this year: no date of a chat is before it. */
const FIRST_YEAR = 2009;

/** The day that the numbers of a date are in an order, or nothing where they are none. */
export function dayIn(order: DateOrder, [first, second, third]: ChatLine['date']): UtcDay | undefined {
  const [year, month, day] =
    order === 'ymd'
      ? [first, second, third]
      : order === 'mdy'
        ? [third, first, second]
        : [third, second, first];
  if (year.digits !== 4 && year.digits !== 2) return undefined;
  const fullYear = year.digits === 2 ? 2000 + year.value : year.value;
  const text = `${fullYear}-${String(month.value).padStart(2, '0')}-${String(day.value).padStart(2, '0')}`;
  return isUtcDay(text) && fullYear >= FIRST_YEAR ? text : undefined;
}

interface Candidate {
  order: DateOrder;
  /** The first line whose date is none in this order. */
  wrong?: { line: number };
  /** Whether a date is in the future. */
  isAhead: boolean;
  /** How often dates go back by more than a day. */
  falls: number;
  newest: EpochMillis;
}

/** Finds out in which order the dates of a chat are written, from all of them together. */
export class DateOrderDetector {
  readonly #latest: EpochMillis;
  readonly #candidates: Candidate[] = DATE_ORDERS.map((order) => ({
    order,
    isAhead: false,
    falls: 0,
    newest: Number.NEGATIVE_INFINITY,
  }));

  /** @param now no date can be more than a day behind this */
  constructor(now: EpochMillis) {
    this.#latest = startOf(dayOf(now)) + DAY_MS;
  }

  add(line: number, date: ChatLine['date']): void {
    for (const candidate of this.#candidates) {
      const day = dayIn(candidate.order, date);
      if (day === undefined) {
        candidate.wrong ??= { line };
        continue;
      }
      const start = startOf(day);
      if (start > this.#latest) candidate.isAhead = true;
      if (start < candidate.newest - DAY_MS) candidate.falls += 1;
      candidate.newest = Math.max(candidate.newest, start);
    }
  }

  /** The line by which an order cannot be the one of this chat. */
  wrongLine(order: DateOrder): number | undefined {
    return this.#candidates.find((candidate) => candidate.order === order)?.wrong?.line;
  }

  /** Orders that are possible: only the true one where the dates decide, all that are left where they do not. */
  get possible(): readonly DateOrder[] {
    const dates = this.#candidates.filter(({ wrong }) => wrong === undefined);
    const past = preferring(dates, ({ isAhead }) => !isAhead);
    return preferring(past, ({ falls }) => falls === 0).map(({ order }) => order);
  }
}

/** Those that fit, or all where none does: then it tells nothing. */
function preferring<One>(all: readonly One[], fits: (one: One) => boolean): readonly One[] {
  const fitting = all.filter(fits);
  return fitting.length > 0 ? fitting : all;
}
