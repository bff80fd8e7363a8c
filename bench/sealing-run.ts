import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { parseJson } from '../functions/shared/domain/parse-json.ts';
import { CLIENT_LIMITS, documentClient, systemEffects } from '../functions/shared/runtime/dependencies.ts';
import { takeDailySnapshot } from '../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../test/support/database/capacity.ts';
import { intercepted } from '../test/support/database/intercepted-client.ts';
import { sealByScan } from './peers/scanning-sealer.ts';

// One run of the snapshot job, in a process of its own, so that its memory is limited and it can be killed. It is
// bundled and started by bench/sealing-process.ts, with what it is to do as its only argument; what came of it goes to
// its standard output.

const MEGABYTE = 2 ** 20;
/** How many calls of DynamoDB lie between two looks at what memory holds; each look costs a whole garbage collection. */
const CALLS_BETWEEN_LOOKS = 250;

const order = z.parse(
  z.object({
    endpoint: z.string(),
    usageTableName: z.string(),
    /** The last day to be sealed, and an instant at which it is over. */
    through: z.string(),
    now: z.int(),
    /** At which of its calls of DynamoDB the process is killed; never where it is left out. */
    killedAt: z.exactOptional(z.int()),
    endsAfterMs: z.int(),
    /** Seals what changed after this instant by scanning the table, as would be done without the service. */
    byScanSince: z.exactOptional(z.int()),
  }),
  parseJson(process.argv[2] ?? ''),
);

/** Bytes of the heap that are in use. */
function heapInUse(): number {
  if (globalThis.gc === undefined) throw new Error('the process must be started with --expose-gc');
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const meter = metered(
  documentClient(
    new DynamoDBClient({
      ...CLIENT_LIMITS,
      endpoint: order.endpoint,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  ),
);
let calls = 0;
let heap = 0;
const client = intercepted(meter.client, async (_command, send) => {
  calls += 1;
  // Some are killed before a call is made, and others when it was answered and nobody has seen that.
  const isLast = calls === order.killedAt;
  if (isLast && calls % 2 === 0) process.kill(process.pid, 'SIGKILL');
  const answer = await send();
  if (isLast) process.kill(process.pid, 'SIGKILL');
  if (calls % CALLS_BETWEEN_LOOKS === 0) heap = Math.max(heap, heapInUse());
  return answer;
});
const error = (message: string, fields: object) =>
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const dependencies = {
  ...systemEffects(),
  settings: { usageTableName: order.usageTableName },
  clock: () => order.now,
  log: { info() {}, warn() {}, error },
  publishMetrics() {},
};
async function seal() {
  const { byScanSince, through, usageTableName, endsAfterMs } = order;
  if (byScanSince !== undefined) {
    const peers = await sealByScan(client, usageTableName, through, byScanSince);
    return { peers, daysSealed: peers, leftOver: 0, failed: 0 };
  }
  const job = takeDailySnapshot({ ...dependencies, client });
  return job({ through }, () => performance.now() - startedAt > endsAfterMs);
}
// A run that finds nothing, so that what is measured first is a process that has all it needs and has called DynamoDB.
await takeDailySnapshot({ ...dependencies, client: meter.client })({ through: '2000-01-01' }, () => false);
const bare = { heap: heapInUse(), resident: process.memoryUsage.rss() };
const unitsBefore = meter.readUnits();
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
const run = await seal();
const { user, system } = process.cpuUsage(cpuBefore);
process.stdout.write(
  JSON.stringify({
    ...run,
    calls,
    readUnits: meter.readUnits() - unitsBefore,
    writeUnits: meter.writeUnits(),
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (user + system) / 1e6,
    bareHeapMegabytes: Math.round(bare.heap / MEGABYTE),
    heapMegabytes: Math.round(heap / MEGABYTE),
    bareMegabytes: Math.round(bare.resident / MEGABYTE),
    residentMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
