import { parseArgs } from 'node:util';
import { startTestDatabase } from '../../test/support/database/database.ts';
import { type HotChannelResult, measureHotChannel } from '../hot-channel.ts';
import { simulate } from './simulate.ts';

// npm run simulate:compare: the same lanes and batches on the embedded database and in the simulation, which is given the
// latencies and the time of a processor that were measured there. Each lane always finds a whole batch.

const { values } = parseArgs({
  options: {
    lanes: { type: 'string', default: '1,4,10' },
    batch: { type: 'string', default: '20' },
    messages: { type: 'string', default: '4000' },
    // Long, so that what is measured is not how busy this machine is.
    latency: { type: 'string', default: '40' },
  },
});
const batch = Number(values.batch);
const messages = Number(values.messages);
const latencyMs = Number(values.latency);
const MESSAGES_PER_CONVERSATION = 20;
const database = await startTestDatabase();
try {
  for (const lanes of values.lanes.split(',').map(Number)) {
    const measured = await measureHotChannel(database, {
      ...{ lanes, messages, batch, latencyMs },
      messagesPerConversation: MESSAGES_PER_CONVERSATION,
    });
    await compare(lanes, measured, batch);
  }
} finally {
  await database.stop();
}

async function compare(lanes: number, measured: HotChannelResult, ofBatch: number): Promise<void> {
  const simulated = await simulate({
    ...{ messagesPerSecond: undefined, peers: 1, lanes, batch: ofBatch, seconds: 60, seed: 1 },
    latencies: measured.latencies,
    // The embedded database has none.
    tableLimits: { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY },
    cpu: { messageMs: 0, batchMs: measured.cpuMs / measured.batches },
    messagesPerConversation: MESSAGES_PER_CONVERSATION,
  });
  const rows: [string, number, number][] = [
    ['messages a second', measured.messagesPerSecond, simulated.messagesPerSecond],
    [
      'writes of the counter a batch',
      measured.counterWrites / measured.batches,
      simulated.counterWrites / simulated.batches,
    ],
    ['median of a batch, ms', measured.median, simulated.medianBatch],
    ['p99 of a batch, ms', measured.p99, simulated.p99Batch],
  ];
  for (const [name, one, other] of rows) {
    const share = `${Math.round((other / one - 1) * 100)} %`;
    process.stdout.write(
      `${`${lanes} lanes: ${name}`.padEnd(44)}${one.toFixed(1).padStart(9)}${other.toFixed(1).padStart(9)}${share.padStart(8)}\n`,
    );
  }
}
