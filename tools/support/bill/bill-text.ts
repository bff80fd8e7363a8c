import { textTable } from '../text-table.ts';
import type { Bill } from './bill.ts';
import { type Amounts, PRICED } from './prices.ts';

/** What is paid, for people: of each price how much, and in words. */
const IN_WORDS: Readonly<Record<(typeof PRICED)[number], string>> = {
  millionWriteUnits: 'M write units',
  millionReadUnits: 'M read units',
  gigabytesStored: 'GB',
  gigabytesRecoverable: 'GB',
  millionInvocations: 'M invocations',
  millionGigabyteSeconds: 'M GB-seconds',
  millionApiRequests: 'M requests',
  gigabytesSentOut: 'GB',
  alarmMetrics: 'metrics',
  customMetrics: 'metrics',
  metricsDashboards: 'dashboard',
  gigabytesLogged: 'GB',
  gigabytesOfLogsKept: 'GB kept',
  millionPublished: 'M messages',
  millionQueueRequests: 'M requests',
  millionScheduledRuns: 'M runs',
  thousandObjectsPut: 'thousand puts',
  gigabytesOfObjects: 'GB',
};

/** A bill as a table, and below it what it comes to. */
export function billText({ lines, total, atRest, perMillionMessages, perThousandPeers }: Bill): string {
  const rows = lines.map(({ service, what, amounts, usd }, index) => [
    lines[index - 1]?.service === service ? '' : service,
    what,
    amountsText(amounts),
    usdText(usd),
  ]);
  const sums: [what: string, usd: number | undefined][] = [
    ['together', total],
    ['of which at rest, without a peer', atRest],
    ['the rest, by million messages', perMillionMessages],
    ['the rest, by thousand peers', perThousandPeers],
  ];
  for (const [what, usd] of sums) {
    if (usd !== undefined) rows.push(['', what, '', usdText(usd)]);
  }
  return textTable(['service', 'what', 'how much in 30 days', 'USD'], rows);
}

function amountsText(amounts: Amounts): string {
  return PRICED.flatMap((name) => {
    const amount = amounts[name];
    return amount === undefined ? [] : [`${short(amount)} ${IN_WORDS[name]}`];
  }).join(', ');
}

function short(amount: number): string {
  if (amount >= 100) return amount.toFixed(0);
  return amount >= 0.01 ? String(Number(amount.toFixed(2))) : String(Number(amount.toPrecision(2)));
}

function usdText(usd: number): string {
  return usd === 0 || usd >= 0.005 ? usd.toFixed(2) : usd.toFixed(4);
}
