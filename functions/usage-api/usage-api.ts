import { type HttpHandler, httpFunction } from '../shared/http/http.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { FingerprintPages } from '../shared/store/fingerprint-pages.ts';
import { HealthSettingsStore } from '../shared/store/health-settings-store.ts';
import { NotCountedReader } from '../shared/store/not-counted-reader.ts';
import { PassedHeartbeatsStore } from '../shared/store/passed-heartbeats-store.ts';
import { PeerDirectoryStore } from '../shared/store/peer-directory-store.ts';
import { ProofReader } from '../shared/store/proof-reader.ts';
import { UsageReader } from '../shared/store/usage-reader.ts';
import type { PublishedDocuments } from './context.ts';
import { USAGE_OPERATIONS } from './operations.ts';

/**
 * Answers how much a peer's channels were used, how that develops and what about it needs attention, which peers
 * there are, and what can be asked. It only reads.
 */
export function usageApi(dependencies: Dependencies, published: PublishedDocuments): HttpHandler {
  const { client, clock, waiting, settings } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  return httpFunction(dependencies, USAGE_OPERATIONS, {
    usage: new UsageReader(table),
    healthSettings: new HealthSettingsStore(table),
    directory: new PeerDirectoryStore(table),
    proofs: new ProofReader(table),
    fingerprints: new FingerprintPages(table, waiting),
    passedHeartbeats: new PassedHeartbeatsStore(table),
    notCounted: new NotCountedReader(table),
    heartbeats: settings.heartbeats,
    clock,
    published,
  });
}
