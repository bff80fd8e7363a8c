import { type HttpHandler, httpFunction } from '../shared/http/http.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { ChannelRegistry } from '../shared/store/channel-registry.ts';
import { HealthSettingsStore } from '../shared/store/health-settings-store.ts';
import { CHANNEL_OPERATIONS } from './operations.ts';

/** Lists and changes the channels of a peer, and the thresholds of its health findings. */
export function manageChannels(dependencies: Dependencies): HttpHandler {
  const { client, clock, log, settings, waiting } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  return httpFunction(dependencies, CHANNEL_OPERATIONS, {
    registry: new ChannelRegistry(table),
    healthSettings: new HealthSettingsStore(table),
    clock,
    log,
    waiting,
  });
}
