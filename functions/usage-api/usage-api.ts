import type { Dependencies } from '../runtime/dependencies.ts';
import { type HttpHandler, httpFunction } from '../runtime/http.ts';
import { UsageReader } from '../store/usage-reader.ts';
import { getChannelStats } from './get-channel-stats.ts';

/** Answers what a peer's channels were used. */
export function usageApi(dependencies: Dependencies): HttpHandler {
  const { client, clock, settings } = dependencies;
  const reader = new UsageReader({ client, tableName: settings.usageTableName });
  return httpFunction<'usage-api'>(dependencies, {
    channelStats: getChannelStats(reader, clock),
  });
}
