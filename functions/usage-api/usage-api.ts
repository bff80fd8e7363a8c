import { type HttpHandler, httpFunction } from '../shared/http/http.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { FingerprintPages } from '../shared/store/fingerprint-pages.ts';
import { HealthSettingsStore } from '../shared/store/health-settings-store.ts';
import { KnownOfFiguresReader } from '../shared/store/known-of-figures.ts';
import { PassedHeartbeatsStore } from '../shared/store/passed-heartbeats-store.ts';
import { PeerConditionsReader } from '../shared/store/peer-conditions.ts';
import { PeerDirectoryStore } from '../shared/store/peer-directory-store.ts';
import { ProofReader } from '../shared/store/proof-reader.ts';
import { UsageReader } from '../shared/store/usage-reader.ts';
import type { PublishedDocuments } from './context.ts';
import { USAGE_OPERATIONS } from './operations.ts';
import { OverviewRows } from './overview-rows.ts';
import { UsedPeers } from './used-peers.ts';

/**
 * Answers how much a peer's channels were used, how that develops and what about it needs attention, which peers
 * there are, and what can be asked. It only reads.
 */
export function usageApi(dependencies: Dependencies, published: PublishedDocuments): HttpHandler {
  const { client, clock, waiting, settings } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  const usage = new UsageReader(table);
  const read = {
    usedPeers: new UsedPeers(usage, new PeerConditionsReader(table)),
    passedHeartbeats: new PassedHeartbeatsStore(table),
    heartbeats: settings.heartbeats,
    clock,
  };
  return httpFunction(dependencies, USAGE_OPERATIONS, {
    ...read,
    usage,
    healthSettings: new HealthSettingsStore(table),
    directory: new PeerDirectoryStore(table),
    proofs: new ProofReader(table),
    fingerprints: new FingerprintPages(table, waiting),
    knownOfFigures: new KnownOfFiguresReader(table),
    overviews: new OverviewRows(read),
    messageRetentionDays: settings.messageRetentionDays,
    published,
  });
}
