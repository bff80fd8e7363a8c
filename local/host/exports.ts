import { exportToGoogleAnalytics } from '../../functions/export-to-google-analytics/export-to-google-analytics.ts';
import { exportToMixpanel } from '../../functions/export-to-mixpanel/export-to-mixpanel.ts';
import { exportToS3 } from '../../functions/export-to-s3/export-to-s3.ts';
import { type ConsumeDays, consumer } from '../../functions/shared/announcing/consumer.ts';
import {
  type AnalyticsStream,
  CLAIM_BEFORE_MS,
} from '../../functions/shared/exporting/measurement-protocol.ts';
import { type MixpanelAccount, STOP_BEFORE_MS } from '../../functions/shared/exporting/mixpanel-import.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { TIME_LIMIT_SECONDS } from '../../functions/shared/runtime/time-limits.ts';
import { postOverHttp } from '../../functions/shared/sending/post-over-http.ts';
import type { DayConsumer } from '../aws/announcing/consumer-queue.ts';
import { intoFolder } from '../aws/bucket/object-folder.ts';
import { localAnalyticsStream, localMixpanelAccount } from '../support/export-accounts.ts';
import type { HostOptions } from './options.ts';

/** Time for what is under way where that is a file. */
const STOP_BEFORE_WRITING_MS = 5_000;

/** Where days are exported to, beside the folder. */
export interface ExportAccounts {
  mixpanel?: MixpanelAccount;
  googleAnalytics?: AnalyticsStream;
}

/**
 * Where the options and the environment say that days are exported to.
 *
 * @throws HostError that names what is missing
 */
export function exportAccounts(
  { mixpanelUrl, ga4Url }: Pick<HostOptions, 'mixpanelUrl' | 'ga4Url'>,
  environment: Readonly<Record<string, string | undefined>>,
): ExportAccounts {
  return {
    ...(mixpanelUrl !== undefined && { mixpanel: localMixpanelAccount(mixpanelUrl, environment) }),
    ...(ga4Url !== undefined && { googleAnalytics: localAnalyticsStream(ga4Url, environment) }),
  };
}

/** The consumers that export days: to a folder in the place of a bucket, and to those that are set up. */
export function exportConsumers(
  dependenciesOf: (service: string) => Dependencies,
  { mixpanel, googleAnalytics }: ExportAccounts,
  exportsFolder: string,
): DayConsumer[] {
  const consumers: DayConsumer[] = [];
  const add = (
    name: keyof typeof TIME_LIMIT_SECONDS,
    stopBeforeMs: number,
    consume: (dependencies: Dependencies) => ConsumeDays,
  ) => {
    const dependencies = dependenciesOf(name);
    const handle = consumer(dependencies, consume(dependencies));
    consumers.push({ name, handle, timeLimitMs: TIME_LIMIT_SECONDS[name] * 1_000, stopBeforeMs });
  };
  add('export-to-s3', STOP_BEFORE_WRITING_MS, (own) => exportToS3(own, intoFolder(exportsFolder)));
  if (mixpanel !== undefined) {
    add('export-to-mixpanel', STOP_BEFORE_MS, (own) => exportToMixpanel(own, mixpanel, postOf(own)));
  }
  if (googleAnalytics !== undefined) {
    add('export-to-google-analytics', CLAIM_BEFORE_MS, (own) =>
      exportToGoogleAnalytics(own, googleAnalytics, postOf(own)),
    );
  }
  return consumers;
}

/** It may go to a fake on this machine. */
function postOf({ waiting }: Pick<Dependencies, 'waiting'>) {
  return postOverHttp({ waiting, allowLoopback: true });
}
