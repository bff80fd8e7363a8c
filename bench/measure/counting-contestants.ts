import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { documentClient, systemEffects } from '../../functions/shared/runtime/dependencies.ts';
import type { CounterKind } from '../../test/faults/any-counter/any-counter.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { productClient } from './clients.ts';
import type { Contestant } from './interleaved.ts';

/** Messages in the batches in which they are delivered. */
export interface Workload {
  name: string;
  /** As the head of a column. */
  short: string;
  /** Delivered before measuring, so that days are open and conversations are known. */
  before: readonly (readonly UserMessage[])[];
  measured: readonly (readonly UserMessage[])[];
  /** The instant at which they are counted. */
  now: number;
}

/** A counter that counts a workload. All have the client that the service has in Lambda. */
export function countingContestant(
  database: TestDatabase,
  kind: CounterKind,
  workload: Workload,
): Contestant {
  return {
    name: kind.name,
    client: productClient,
    async begin(client) {
      const start = await kind.setUp(database);
      const counter = await start({
        ...systemEffects(),
        client,
        documents: documentClient(client),
        clock: () => workload.now,
      });
      const deliver = async (batches: Workload['measured']) => {
        for (const batch of batches) {
          const failed = await counter.deliver(batch);
          if (failed.length > 0) throw new Error(`${kind.name} did not count ${failed.length} messages`);
        }
      };
      await deliver(workload.before);
      return () => deliver(workload.measured);
    },
  };
}
