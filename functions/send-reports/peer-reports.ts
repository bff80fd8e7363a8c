import type { UsageSource } from '../shared/domain/channel-stats.ts';
import type { Month } from '../shared/domain/month.ts';
import { type MonthlyReport, reportNotification } from '../shared/domain/monthly-report.ts';
import { firstDayOfReport, report } from '../shared/domain/report.ts';
import { dayOf, type EpochMillis } from '../shared/domain/utc-day.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { PutObject } from '../shared/runtime/s3-client.ts';
import type { Waiting } from '../shared/runtime/waiting.ts';
import type { NotifiedPeers } from '../shared/store/notified-peers.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import { reportFiles } from './report-files.ts';

interface PeerReportsDependencies {
  notified: NotifiedPeers;
  usage: Pick<UsageSource, 'read'>;
  /** Puts a file where reports stay. */
  put: PutObject;
  waiting: Waiting;
  clock: () => EpochMillis;
  /** Where the dashboard is, as a URL. */
  dashboardUrl: string;
}

const FILES_AT_ONCE = 3;

/** Makes the reports of peers on months. */
export class PeerReports {
  readonly #dependencies: PeerReportsDependencies;

  constructor(dependencies: PeerReportsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Makes the report of a peer on a month, where it has messages in it and there was none: first its files, then, in
   * one transaction, that people are told and that it was made. Any number of these may be under way for a peer, and
   * each may end anywhere: people are told once.
   *
   * @param month one that is over, and that counting has passed
   * @returns whether people are told of it by this call
   * @throws MalformedItemError, ContentionError, or what DynamoDB or S3 throws
   */
  async make(peerId: string, month: Month): Promise<boolean> {
    const { notified, put, waiting, clock, dashboardUrl } = this.#dependencies;
    let hasPut = false;
    return retryOnConflict(waiting, async () => {
      const read = await notified.read(peerId);
      const { version, sequence, ...state } = read;
      const isTold = state.reportedMonth !== undefined && state.reportedMonth >= month;
      // Where another run was faster, its files and those of this one are mixed: all of them are put once more.
      if (isTold && !hasPut) return false;
      const made = await this.#read(peerId, month);
      if (made === undefined) return false;
      hasPut = true;
      await mapConcurrently(reportFiles(made), FILES_AT_ONCE, ({ key, body, contentType }) =>
        put(key, body, contentType),
      );
      if (isTold) return false;
      const now = clock();
      const notifications = [reportNotification(made, dashboardUrl, now)];
      await notified.decide(peerId, read, { state: { ...state, reportedMonth: month }, notifications }, now);
      return true;
    });
  }

  /** @returns nothing where no message of the month is counted on a channel that statistics list */
  async #read(peerId: string, month: Month): Promise<MonthlyReport | undefined> {
    const { usage, clock } = this.#dependencies;
    const today = dayOf(clock());
    const from = firstDayOfReport(month);
    const read = await usage.read(peerId, today, { ...(from !== undefined && { from }), consistent: true });
    const made = report(read, { peerId, period: month, include: new Set(), today });
    return made.overview.totalMessages === 0 ? undefined : { peerId, month, report: made };
  }
}
