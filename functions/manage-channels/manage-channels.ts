import { type HttpHandler, httpFunction } from '../shared/http/http.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { ChannelRegistry } from '../shared/store/channel-registry.ts';
import { HealthSettingsStore } from '../shared/store/health-settings-store.ts';
import { ShareLinkStore } from '../shared/store/share-link-store.ts';
import { CHANNEL_OPERATIONS } from './operations.ts';

/**
 * Lists and changes the channels of a peer and the thresholds of its health findings, and shares its figures.
 *
 * @param dashboardUrl where share links lead to, without a query
 */
export function manageChannels(dependencies: Dependencies, dashboardUrl: () => string): HttpHandler {
  const { client, clock, log, randomBytes, settings, waiting } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  return httpFunction(dependencies, CHANNEL_OPERATIONS, {
    registry: new ChannelRegistry(table),
    healthSettings: new HealthSettingsStore(table),
    shareLinks: new ShareLinkStore(table),
    ...{ clock, log, randomBytes, waiting, dashboardUrl },
  });
}
