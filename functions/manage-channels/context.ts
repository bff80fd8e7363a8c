import type { Dependencies } from '../shared/runtime/dependencies.ts';
import type { ChannelRegistry } from '../shared/store/channel-registry.ts';
import type { HealthSettingsStore } from '../shared/store/health-settings-store.ts';

/** What the operations of this function work with; each says which of it. */
export interface ChannelsContext extends Pick<Dependencies, 'clock' | 'log' | 'waiting'> {
  registry: Pick<ChannelRegistry, 'list' | 'change'>;
  healthSettings: Pick<HealthSettingsStore, 'read' | 'replace'>;
}
