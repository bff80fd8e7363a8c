import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';
import { NEW_TABLE_LIMITS } from './simulated-table.ts';

// npm run simulate -- --messages-per-second 10,1000,10000 --peers 1,1000000 --lanes 4,10,40 --batch 250: what limits of
// DynamoDB make of counting where many count into the same counter. `docs/operations.md` says what follows.

const { values } = parseArgs({
  options: {
    'messages-per-second': { type: 'string', default: '10,1000,10000' },
    peers: { type: 'string', default: '1,1000000' },
    lanes: { type: 'string', default: '4,10,40' },
    batch: { type: 'string', default: '100,250,500' },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    // A table that was made newly; one that has carried more gives twice that at once.
    'table-write-units': { type: 'string', default: String(NEW_TABLE_LIMITS.write) },
    // DynamoDB promises single-digit milliseconds for one item; a transaction takes two rounds of that, and more.
    'read-ms': { type: 'string', default: '4' },
    'write-ms': { type: 'string', default: '6' },
    'transaction-ms': { type: 'string', default: '15' },
    // Measured by `npm run bench:hot-channel`, on one processor.
    'cpu-message-ms': { type: 'string', default: '0.1' },
    'cpu-batch-ms': { type: 'string', default: '3' },
    'messages-per-conversation': { type: 'string', default: '20' },
  },
});

const print = (columns: readonly (string | number)[]) =>
  process.stdout.write(`${columns.map((column) => String(column).padStart(13)).join('')}\n`);
const numbers = (text: string) => text.split(',').map(Number);
print([
  ...['messages/s', 'peers', 'lanes', 'batch', 'counted/s', 'lag median', 'lag p99', 'batch p99'],
  ...['writes', 'conflicts/s', 'throttled/s', 'units', 'returned', 'waiting'],
]);
for (const perSecond of numbers(values['messages-per-second'])) {
  // 0 for as many as the lanes count: each always finds a whole batch.
  const messagesPerSecond = perSecond === 0 ? undefined : perSecond;
  for (const peers of numbers(values.peers)) {
    for (const lanes of numbers(values.lanes)) {
      for (const batch of numbers(values.batch)) await row({ messagesPerSecond, peers, lanes, batch });
    }
  }
}

async function row(of: {
  messagesPerSecond: number | undefined;
  peers: number;
  lanes: number;
  batch: number;
}) {
  const seconds = Number(values.seconds);
  const result = await simulate({
    ...of,
    seconds,
    seed: Number(values.seed),
    tableLimits: {
      write: Number(values['table-write-units']),
      read: (Number(values['table-write-units']) * NEW_TABLE_LIMITS.read) / NEW_TABLE_LIMITS.write,
    },
    latencies: {
      readMs: Number(values['read-ms']),
      writeMs: Number(values['write-ms']),
      transactionMs: Number(values['transaction-ms']),
    },
    cpu: { messageMs: Number(values['cpu-message-ms']), batchMs: Number(values['cpu-batch-ms']) },
    messagesPerConversation: Number(values['messages-per-conversation']),
  });
  print([
    ...[of.messagesPerSecond ?? 'any', of.peers, of.lanes, of.batch, Math.round(result.messagesPerSecond)],
    ...[result.medianLag, result.p99Lag, result.p99Batch].map(Math.round),
    (result.counterWrites / Math.max(1, result.batches)).toFixed(2),
    ...[(result.conflicts + result.refused) / seconds, result.throttled / seconds].map(Math.round),
    (result.writeUnits / Math.max(1, result.counted)).toFixed(3),
    ...[result.returned, result.waiting],
  ]);
}
