import { keysPassed, type PassedHeartbeats } from '../domain/heartbeat.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { errorSummary } from '../runtime/error-text.ts';
import { METRIC } from '../runtime/metric-names.ts';
import type { Settings } from '../runtime/settings.ts';
import type { PassedHeartbeatsStore } from '../store/passed-heartbeats-store.ts';
import type { HeartbeatRecord } from './stream-record.ts';

/** What noting works with. */
type NotingDependencies = Pick<Dependencies, 'clock' | 'log' | 'publishMetrics'> & {
  settings: Pick<Settings, 'heartbeats'>;
};

/** Notes the heartbeats that have passed with a batch of the stream. */
export class PassingHeartbeats {
  readonly #store: Pick<PassedHeartbeatsStore, 'note'>;
  readonly #dependencies: NotingDependencies;

  constructor(store: Pick<PassedHeartbeatsStore, 'note'>, dependencies: NotingDependencies) {
    this.#store = store;
    this.#dependencies = dependencies;
  }

  /**
   * Notes the heartbeats of a batch, in one write, where there are any.
   *
   * Where that fails it is reported, and the batch is not delivered again for it: all of it is counted, and the next
   * heartbeats, minutes later, tell more than these. Until then counting seems further behind than it is.
   *
   * @param heartbeats those of a batch before which everything is counted or quarantined
   */
  async note(heartbeats: readonly HeartbeatRecord[]): Promise<void> {
    if (heartbeats.length === 0) return;
    const { clock, log, publishMetrics, settings } = this.#dependencies;
    const passed = new Map<number, EpochMillis>();
    for (const { heartbeat } of heartbeats) {
      if (heartbeat === undefined) continue;
      const { key, sentAt } = heartbeat;
      passed.set(key, Math.max(sentAt, passed.get(key) ?? sentAt));
    }
    const malformed = heartbeats.filter(({ heartbeat }) => heartbeat === undefined).length;
    if (malformed > 0) log.warn('items that lie where heartbeats do are none', { malformed });
    if (passed.size === 0) return;
    let known: PassedHeartbeats;
    try {
      known = await this.#store.note(passed);
    } catch (error) {
      log.error('heartbeats that have passed could not be noted', { problem: errorSummary(error) });
      return;
    }
    publishMetrics({ [METRIC.heartbeatKeysPassed]: keysPassed(known, settings.heartbeats, clock()) });
  }
}
