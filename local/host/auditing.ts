import { auditFigures } from '../../functions/audit-figures/audit-figures.ts';
import { HOUR_MS } from '../../functions/shared/domain/utc-day.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { RepeatedJob } from './repeated-job.ts';

/** A share of the peers has its turn each night in the cloud. Here it has it soon after a day has begun. */
const PAUSE_MS = HOUR_MS;

/** Compares stored figures with their evidence, from its making until it is stopped. */
export class Auditing {
  readonly #audits: RepeatedJob<unknown>;

  /** @param dependencies those of audit-figures */
  constructor(dependencies: Dependencies) {
    this.#audits = new RepeatedJob({
      name: 'auditing figures',
      job: auditFigures(dependencies),
      pauseAfter: () => PAUSE_MS,
      log: dependencies.log,
    });
  }

  /** Resolves when the peer that was being read is. */
  stop(): Promise<void> {
    return this.#audits.stop();
  }
}
