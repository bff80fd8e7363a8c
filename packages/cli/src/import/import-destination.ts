import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { Trust } from '../../../client/src/index.ts';
import type { RecordedReport } from './import-report.ts';
import type { ImportTarget } from './import-target.ts';
import type { Spool } from './spool.ts';

/** Where messages of an import go. */
export interface ImportDestination {
  /** In words: an address, or where tables are. */
  name: string;
  /** What tells it from another one of the same name. */
  keyId: string;
  /** How old a message may be, in days; however old where it is left undefined. */
  retentionDays: number | undefined;
  /**
   * Opens it for what was read, and for as long as that is recorded.
   *
   * @throws ToolError where the person does not agree to what is going to be done
   */
  open<Result>(spool: Spool, record: (target: ImportTarget) => Promise<Result>): Promise<Result>;
  /** Those of some days that take nothing, and why; nothing where all do. */
  refusedDays?: (days: Iterable<UtcDay>) => Promise<ReadonlyMap<UtcDay, string>>;
  /** How far counting is, where it can be asked. */
  trust?: () => Promise<Trust>;
  /** What is said to the person in the end. */
  whatIsNext(report: RecordedReport): string;
}
