import type { ConsumeDays } from '../shared/announcing/consumer.ts';
import { consumeDays } from '../shared/exporting/consume-days.ts';
import { GoogleAnalyticsExport } from '../shared/exporting/google-analytics-export.ts';
import { type AnalyticsStream, MeasurementProtocol } from '../shared/exporting/measurement-protocol.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import type { Post } from '../shared/sending/post.ts';

/** Sends the days that are announced to Google Analytics. */
export function exportToGoogleAnalytics(
  dependencies: Dependencies,
  stream: AnalyticsStream,
  post: Post,
): ConsumeDays {
  const { client, settings } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  const protocol = new MeasurementProtocol(stream, post);
  return consumeDays(dependencies, new GoogleAnalyticsExport(table, dependencies, protocol));
}
