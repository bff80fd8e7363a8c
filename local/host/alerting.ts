import { raiseAlerts } from '../../functions/raise-alerts/raise-alerts.ts';
import { STOP_BEFORE_MS } from '../../functions/raise-alerts/schedule.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { TIME_LIMIT_SECONDS } from '../../functions/shared/runtime/time-limits.ts';
import type { DayConsumer } from '../aws/announcing/consumer-queue.ts';
import { RepeatedJob } from './repeated-job.ts';

/** All peers are gone through every hour in the cloud. Here it is soon after counting has passed a day, … */
const PAUSE_MS = 5_000;
/** … and after all of them were judged it is only looked whether there is another day. */
const PAUSE_ONCE_JUDGED_MS = 60_000;

/** What alerts work with. */
export interface AlertingOptions {
  /** Those of raise-alerts. */
  dependencies: Dependencies;
  /** The names of all who are told. */
  targets: readonly string[];
  /** Where the dashboard is, as a URL. */
  dashboardUrl: string;
  /** Whether figures are what they are to be: while the sample is loaded, channels seem to have stopped. */
  areFiguresWhole: () => boolean;
}

/** Judges peers, from its making until it is stopped: those of which the newest complete day is announced, and all. */
export class Alerting {
  readonly consumer: DayConsumer;
  readonly #sweeps: RepeatedJob<unknown>;

  constructor({ dependencies, targets, dashboardUrl, areFiguresWhole }: AlertingOptions) {
    const { consume, sweep } = raiseAlerts(dependencies, { targets, dashboardUrl });
    this.consumer = {
      name: 'raise-alerts',
      // What is not judged now is found by the sweep.
      handle: async (event, outOfTime) =>
        areFiguresWhole() ? consume(event, outOfTime) : { batchItemFailures: [] },
      timeLimitMs: TIME_LIMIT_SECONDS['raise-alerts'] * 1_000,
      stopBeforeMs: STOP_BEFORE_MS,
    };
    this.#sweeps = new RepeatedJob({
      name: 'judging all peers',
      job: async (outOfTime) => (areFiguresWhole() ? sweep(outOfTime) : undefined),
      pauseAfter: (run) => (run?.isJudged === true && run.lanesLeft === 0 ? PAUSE_ONCE_JUDGED_MS : PAUSE_MS),
      log: dependencies.log,
    });
  }

  /** Resolves when the peers that were being judged are. */
  stop(): Promise<void> {
    return this.#sweeps.stop();
  }
}
