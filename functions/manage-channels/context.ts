import type { Dependencies } from '../shared/runtime/dependencies.ts';
import type { ChannelRegistry } from '../shared/store/channel-registry.ts';
import type { HealthSettingsStore } from '../shared/store/health-settings-store.ts';
import type { ShareLinkStore } from '../shared/store/share-link-store.ts';

/** What the operations of this function work with; each says which of it. */
export interface ChannelsContext extends Pick<Dependencies, 'clock' | 'log' | 'randomBytes' | 'waiting'> {
  registry: Pick<ChannelRegistry, 'list' | 'change'>;
  healthSettings: Pick<HealthSettingsStore, 'read' | 'replace'>;
  shareLinks: Pick<ShareLinkStore, 'list' | 'add' | 'revoke'>;
  /** Where share links lead to, without a query. */
  dashboardUrl: () => string;
}
