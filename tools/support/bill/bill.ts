import { inDays, MILLION, type ServiceLine } from './amounts.ts';
import { databaseLines } from './database-lines.ts';
import { functionLines } from './function-lines.ts';
import { deliveryLines, requestLines, watchingLines } from './other-lines.ts';
import { type Amounts, costOf, type Prices } from './prices.ts';
import { DAYS_A_MONTH, dayOf, type Workload } from './workload.ts';

/** A line of the bill of a month of 30 days. */
export interface BillLine {
  service: string;
  what: string;
  amounts: Amounts;
  usd: number;
}

/** What a month costs, in USD. */
export interface Bill {
  lines: BillLine[];
  total: number;
  /** What of it is paid where nothing happens. */
  atRest: number;
  /** What of the rest comes with a million messages, and what with a thousand peers; nothing where there are none. */
  perMillionMessages: number | undefined;
  perThousandPeers: number | undefined;
}

const NOTHING_HAPPENS = { peers: 0, messagesPerDay: 0, readsPerDay: 0, furtherConsumers: 0 };

/** What a month of a workload costs, once messages are as old as they become. */
export function billOf(workload: Workload, prices: Prices): Bill {
  const lines = linesOf(workload).map((line) => ({ ...line, usd: costOf(line.amounts, prices) }));
  const total = lines.reduce((sum, { usd }) => sum + usd, 0);
  const resting = linesOf({ ...workload, ...NOTHING_HAPPENS });
  const atRest = resting.reduce((sum, { amounts }) => sum + costOf(amounts, prices), 0);
  const { peers, messagesPerDay } = workload;
  const each = (number: number) => (number === 0 ? undefined : (total - atRest) / number);
  return {
    ...{ lines, total, atRest },
    perMillionMessages: each((messagesPerDay * DAYS_A_MONTH) / MILLION),
    perThousandPeers: each(peers / 1_000),
  };
}

type Line = Omit<BillLine, 'usd'>;

function linesOf(workload: Workload): Line[] {
  const day = dayOf(workload);
  const services: [name: string, lines: ServiceLine[]][] = [
    ['DynamoDB', databaseLines(workload, day)],
    ['Lambda', functionLines(workload, day)],
    ['API Gateway', requestLines(day)],
    ['CloudWatch', watchingLines(workload, day)],
    ['SNS, SQS, EventBridge, S3', deliveryLines(workload, day)],
  ];
  return services.flatMap(([service, ofService]) =>
    ofService.map(([what, ofADay, byMonth = {}]) => ({
      service,
      what,
      amounts: inDays(DAYS_A_MONTH, ofADay, byMonth),
    })),
  );
}
