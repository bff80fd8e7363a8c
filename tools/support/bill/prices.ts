import * as z from 'zod';

/** In USD; that of us-east-1 where a file of prices leaves it out. */
const price = (usd: number) => z.number().nonnegative().default(usd);

/**
 * What is paid, in what it is counted in, and what it costs on demand in us-east-1, without free allowances. docs/cost.md
 * says where the prices come from. What is by month is so of 30 days.
 */
const prices = z.strictObject({
  millionWriteUnits: price(0.625),
  millionReadUnits: price(0.125),
  /** Of DynamoDB, by month. */
  gigabytesStored: price(0.25),
  gigabytesRecoverable: price(0.2),
  millionInvocations: price(0.2),
  millionGigabyteSeconds: price(13.3334),
  /** Of an HTTP API; a REST API is 3.50. */
  millionApiRequests: price(1),
  /** Into the internet. */
  gigabytesSentOut: price(0.09),
  /** By month, as are those below. */
  alarmMetrics: price(0.1),
  customMetrics: price(0.3),
  metricsDashboards: price(3),
  gigabytesLogged: price(0.5),
  gigabytesOfLogsKept: price(0.03),
  /** By SNS. What it delivers to a queue is free. */
  millionPublished: price(0.5),
  millionQueueRequests: price(0.4),
  millionScheduledRuns: price(1),
  thousandObjectsPut: price(0.005),
  gigabytesOfObjects: price(0.023),
});

export type Prices = z.output<typeof prices>;
export type Priced = keyof Prices;

/** How much of what is paid, in what its name counts. */
export type Amounts = Readonly<Partial<Record<Priced, number>>>;

/** All that is paid. */
export const PRICED = prices.keyof().options;

/** Those of us-east-1. */
export const DEFAULT_PRICES: Prices = prices.parse({});

/** A document with prices cannot be used; it says why. */
export class PricesError extends Error {
  override name = 'PricesError';
}

/**
 * Reads prices in USD, by the names above; those that are left out are of us-east-1.
 *
 * @throws PricesError
 */
export function parsePrices(text: string): Prices {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new PricesError('it is not JSON');
  }
  const { data, error } = prices.safeParse(json);
  if (data !== undefined) return data;
  const problems = error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new PricesError(`${problems.join('; ')}. What has a price: ${PRICED.join(', ')}`);
}

/** What amounts cost, in USD. */
export function costOf(amounts: Amounts, usd: Prices): number {
  return PRICED.reduce((sum, name) => sum + (amounts[name] ?? 0) * usd[name], 0);
}
