import { type Amounts, PRICED, type Priced } from './prices.ts';

export const MILLION = 1e6;
export const GIGABYTE = 2 ** 30;

/** A line of the bill: what it is for, what it takes on every day, and what it takes once a month. */
export type ServiceLine = [what: string, ofADay: Amounts, byMonth?: Amounts];

/** So many write units and read units. */
export function units(written: number, read: number): Amounts {
  return { millionWriteUnits: written / MILLION, millionReadUnits: read / MILLION };
}

/** What several take together. */
export function sumOf(all: readonly Amounts[]): Amounts {
  return amountsBy((name) => all.reduce((total, amounts) => total + (amounts[name] ?? 0), 0));
}

/** What something takes in so many days, and once more. */
export function inDays(days: number, ofADay: Amounts, once: Amounts): Amounts {
  return amountsBy((name) => (ofADay[name] ?? 0) * days + (once[name] ?? 0));
}

function amountsBy(amountOf: (name: Priced) => number): Amounts {
  const amounts: Partial<Record<Priced, number>> = {};
  for (const name of PRICED) {
    const amount = amountOf(name);
    if (amount > 0) amounts[name] = amount;
  }
  return amounts;
}
