import type { Dependencies } from '../runtime/dependencies.ts';
import { type HttpHandler, httpFunction } from '../runtime/http.ts';
import { HealthSettingsStore } from '../store/health-settings-store.ts';
import { PeerDirectoryStore } from '../store/peer-directory-store.ts';
import { UsageReader } from '../store/usage-reader.ts';
import { getChannelStats } from './get-channel-stats.ts';
import { getGrowth } from './get-growth.ts';
import { getHealth } from './get-health.ts';
import { getHistory } from './get-history.ts';
import { getPeers } from './get-peers.ts';
import { getReport } from './get-report.ts';
import { openApiDocument, referencePage } from './published-documents.ts';

/** Answers what a peer's channels were used, how that develops and what about it needs attention, which peers there are, and what can be asked. It only reads. */
export function usageApi(dependencies: Dependencies): HttpHandler {
  const { client, clock, randomBytes, settings } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  const reader = new UsageReader(table);
  const peers = getPeers({
    directory: new PeerDirectoryStore(table),
    randomBytes,
  });
  return httpFunction<'usage-api'>(dependencies, {
    channelStats: { access: 'peer', answer: getChannelStats(reader, clock) },
    channelStatsHistory: { access: 'peer', answer: getHistory(reader, clock) },
    channelStatsGrowth: { access: 'peer', answer: getGrowth(reader, clock) },
    channelStatsReport: { access: 'peer', answer: getReport(reader, clock) },
    channelStatsHealth: { access: 'peer', answer: getHealth(reader, new HealthSettingsStore(table), clock) },
    peers: { access: 'key', answer: peers },
    openApiDocument: { access: 'public', answer: async () => openApiDocument },
    referencePage: { access: 'public', answer: async () => referencePage },
  });
}
