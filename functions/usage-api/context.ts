import type { UsageSource } from '../shared/domain/channel-stats.ts';
import type { FingerprintSource } from '../shared/domain/fingerprint-page.ts';
import type { HealthSettingsSource } from '../shared/domain/health-settings.ts';
import type { HeartbeatRhythm } from '../shared/domain/heartbeat.ts';
import type { OverviewSource, UsedPeersSource } from '../shared/domain/overview.ts';
import type { PeerDirectory } from '../shared/domain/peer-directory.ts';
import type { ProofSource } from '../shared/domain/proof.ts';
import type { KnownOfFiguresSource, PassedHeartbeatsSource } from '../shared/domain/trust.ts';
import type { EpochMillis } from '../shared/domain/utc-day.ts';
import type { CompressedText } from '../shared/http/answers.ts';

/** What the API publishes about itself, as its build left it. */
export interface PublishedDocuments {
  openApiDocument: CompressedText;
  /** A page for people, which may do nothing but show itself in its own style. */
  referencePage: CompressedText;
}

/** What the operations of this function work with; each says which of it. */
export interface UsageContext {
  usage: UsageSource;
  healthSettings: HealthSettingsSource;
  directory: PeerDirectory;
  proofs: ProofSource;
  fingerprints: FingerprintSource;
  passedHeartbeats: PassedHeartbeatsSource;
  knownOfFigures: KnownOfFiguresSource;
  overviews: OverviewSource;
  usedPeers: UsedPeersSource;
  /** How heartbeats are sent, and what is said of counting by them. */
  heartbeats: HeartbeatRhythm;
  /** How long a message is stored after it was sent, in days. */
  messageRetentionDays: number;
  clock: () => EpochMillis;
  published: PublishedDocuments;
}
