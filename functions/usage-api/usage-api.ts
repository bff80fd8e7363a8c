import { type HttpHandler, httpFunction } from '../shared/http/http.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { HealthSettingsStore } from '../shared/store/health-settings-store.ts';
import { PeerDirectoryStore } from '../shared/store/peer-directory-store.ts';
import { UsageReader } from '../shared/store/usage-reader.ts';
import { getChannelStats } from './get-channel-stats.ts';
import { getGrowth } from './get-growth.ts';
import { getHealth } from './get-health.ts';
import { getHistory } from './get-history.ts';
import { getPeers } from './get-peers.ts';
import { getReport } from './get-report.ts';
import type { PublishedDocuments } from './published-documents.ts';

/** Answers what a peer's channels were used, how that develops and what about it needs attention, which peers there are, and what can be asked. It only reads. */
export function usageApi(dependencies: Dependencies, published: PublishedDocuments): HttpHandler {
  const { client, clock, settings } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  const reader = new UsageReader(table);
  return httpFunction<'usage-api'>(dependencies, {
    channelStats: { access: 'peer', answer: getChannelStats(reader, clock) },
    channelStatsHistory: { access: 'peer', answer: getHistory(reader, clock) },
    channelStatsGrowth: { access: 'peer', answer: getGrowth(reader, clock) },
    channelStatsReport: { access: 'peer', answer: getReport(reader, clock) },
    channelStatsHealth: { access: 'peer', answer: getHealth(reader, new HealthSettingsStore(table), clock) },
    peers: { access: 'key', answer: getPeers(new PeerDirectoryStore(table)) },
    openApiDocument: { access: 'public', answer: async () => published.openApiDocument },
    referencePage: { access: 'public', answer: async () => published.referencePage },
  });
}
