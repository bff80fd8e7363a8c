import { sendReports } from '../../functions/send-reports/send-reports.ts';
import { MINUTE_MS } from '../../functions/shared/domain/utc-day.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { intoFolder } from '../aws/bucket/object-folder.ts';
import { RepeatedJob } from './repeated-job.ts';

/** Every hour in the cloud. Here it is soon after counting has passed the month, … */
const PAUSE_MS = 10_000;
/** … and after all reports were made it is only looked whether there is more to do. */
const PAUSE_ONCE_MADE_MS = 10 * MINUTE_MS;

/** What reports are made with. */
export interface ReportingOptions {
  /** Those of send-reports. */
  dependencies: Dependencies;
  /** The names of all who are told. */
  targets: readonly string[];
  /** The folder in the place of the bucket. */
  folder: string;
  /** Where the dashboard is, as a URL. */
  dashboardUrl: string;
  /** Whether figures are what they are to be: there is one report for a month, whatever comes after it. */
  areFiguresWhole: () => boolean;
}

/** Makes the reports on the month before, from its making until it is stopped. */
export class Reporting {
  readonly #reports: RepeatedJob<unknown>;

  constructor({ dependencies, targets, folder, dashboardUrl, areFiguresWhole }: ReportingOptions) {
    const job = sendReports(dependencies, { targets, put: intoFolder(folder), dashboardUrl });
    this.#reports = new RepeatedJob({
      name: 'making reports',
      job: async (outOfTime) => (areFiguresWhole() ? job(outOfTime) : undefined),
      pauseAfter: (run) => (run?.isCounted === true && run.lanesLeft === 0 ? PAUSE_ONCE_MADE_MS : PAUSE_MS),
      log: dependencies.log,
    });
  }

  /** Resolves when the reports that were being made are. */
  stop(): Promise<void> {
    return this.#reports.stop();
  }
}
