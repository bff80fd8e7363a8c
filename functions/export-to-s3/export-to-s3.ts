import type { ConsumeDays } from '../shared/announcing/consumer.ts';
import { consumeDays } from '../shared/exporting/consume-days.ts';
import { S3Export } from '../shared/exporting/s3-export.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import type { PutObject } from '../shared/runtime/s3-client.ts';

/** Puts the days that are announced to S3. */
export function exportToS3(dependencies: Dependencies, put: PutObject): ConsumeDays {
  const { client, settings } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  return consumeDays(dependencies, new S3Export(table, dependencies, put));
}
