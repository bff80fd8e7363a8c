import { type HttpHandler, httpFunction } from '../shared/http/http.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { ChannelRegistry } from '../shared/store/channel-registry.ts';
import { HealthSettingsStore } from '../shared/store/health-settings-store.ts';
import { getChannels, putChannel } from './channels.ts';
import { getHealthSettings, putHealthSettings } from './health-settings.ts';

/** Lists and changes the channels of a peer, and the thresholds of its health findings. */
export function manageChannels(dependencies: Dependencies): HttpHandler {
  const { client, settings } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  const registry = new ChannelRegistry(table);
  const healthSettings = new HealthSettingsStore(table);
  return httpFunction<'manage-channels'>(dependencies, {
    channels: { access: 'peer', answer: getChannels(registry) },
    setChannel: { access: 'peer', answer: putChannel(registry, dependencies) },
    healthSettings: { access: 'peer', answer: getHealthSettings(healthSettings) },
    setHealthSettings: { access: 'peer', answer: putHealthSettings(healthSettings, dependencies.log) },
  });
}
