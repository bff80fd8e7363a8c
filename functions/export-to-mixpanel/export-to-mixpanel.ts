import type { ConsumeDays } from '../shared/announcing/consumer.ts';
import { consumeDays } from '../shared/exporting/consume-days.ts';
import { MixpanelExport } from '../shared/exporting/mixpanel-export.ts';
import { type MixpanelAccount, MixpanelImport } from '../shared/exporting/mixpanel-import.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import type { Post } from '../shared/sending/post.ts';

/** Sends the days that are announced to Mixpanel. */
export function exportToMixpanel(
  dependencies: Dependencies,
  account: MixpanelAccount,
  post: Post,
): ConsumeDays {
  const { client, settings, waiting } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  const sending = new MixpanelImport(account, { post, waiting });
  return consumeDays(dependencies, new MixpanelExport(table, dependencies, sending));
}
