import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { meter, type Usage } from './clients.ts';

/** One of those that are compared: ours, or what would be used instead. */
export interface Contestant {
  name: string;
  /** Makes the client that it works with. */
  client(endpoint: string): DynamoDBClient;
  /** Makes everything ready, on tables of its own; what it gives is the work that is measured. */
  begin(client: DynamoDBClient): Promise<() => Promise<void>>;
}

/** What the work of a contestant took. */
export interface Measured {
  name: string;
  /** Units, calls and bytes: the same in each round. */
  usage: Usage;
  /** CPU of this process, user and system, in milliseconds, by round. */
  cpuMs: number[];
  /** Time until it was done, in milliseconds, by round. */
  wallMs: number[];
}

/**
 * Lets each contestant work in turn, A B C A B C: whatever else the machine does meets all of them alike. In a first
 * round units, calls and bytes are counted; it also warms the code up. The others measure time, without that.
 *
 * @param rounds how many measure time
 */
export async function interleaved(
  { endpoint }: Pick<TestDatabase, 'endpoint'>,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const contestant of contestants) {
    const client = contestant.client(endpoint);
    const work = await contestant.begin(client);
    const usage = meter(client);
    await work();
    client.destroy();
    measured.push({ name: contestant.name, usage: usage(), cpuMs: [], wallMs: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      const { cpuMs, wallMs } = await timed(contestant, endpoint);
      measured[index]?.cpuMs.push(cpuMs);
      measured[index]?.wallMs.push(wallMs);
    }
  }
  return measured;
}

async function timed(contestant: Contestant, endpoint: string): Promise<{ cpuMs: number; wallMs: number }> {
  const client = contestant.client(endpoint);
  const work = await contestant.begin(client);
  // What others left in memory is not cleared at this one's expense.
  globalThis.gc?.();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  client.destroy();
  return { cpuMs: (user + system) / 1_000, wallMs };
}
