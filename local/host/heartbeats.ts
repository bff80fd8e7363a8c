import { setTimeout as pause } from 'node:timers/promises';
import { type HeartbeatJob, sendHeartbeats } from '../../functions/send-heartbeats/send-heartbeats.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { removeExpiredHeartbeats } from '../aws/expiry/expired-heartbeats.ts';
import { runHeartbeatLoop } from '../aws/schedule/heartbeat-loop.ts';
import { stopInTime } from './stop-in-time.ts';

/** Sends heartbeats through the stream of the messages, from its making until it is stopped. */
export class Heartbeats {
  readonly #dependencies: Dependencies;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  /** @param dependencies those of send-heartbeats */
  constructor(dependencies: Dependencies) {
    const { signal } = this.#stopping;
    this.#dependencies = dependencies;
    this.#running = runHeartbeatLoop(
      {
        job: sendingAndRemoving(dependencies),
        everySeconds: dependencies.settings.heartbeats.everySeconds,
        pause: (milliseconds) => pause(milliseconds, undefined, { signal }),
        log: dependencies.log,
      },
      signal,
    );
  }

  /** Resolves when those that were being sent are in the table. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await stopInTime(this.#running, this.#dependencies.log);
  }
}

/** Those that have expired are looked for with every so many times that heartbeats are sent: once a minute. */
const TIMES_A_REMOVAL = 12;

function sendingAndRemoving(dependencies: Dependencies): HeartbeatJob {
  const { client, clock, settings } = dependencies;
  const send = sendHeartbeats(dependencies);
  const table = { client, tableName: settings.messagesTableName };
  let times = 0;
  return async () => {
    await send();
    if (times % TIMES_A_REMOVAL === 0) {
      await removeExpiredHeartbeats(table, settings.heartbeats.keys, clock());
    }
    times += 1;
  };
}
