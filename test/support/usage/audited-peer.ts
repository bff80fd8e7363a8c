import { type PeerAudit, PeerAuditor } from '../../../functions/shared/auditing/peer-auditor.ts';
import type { PeerMarkers } from '../../../functions/shared/auditing/peer-markers.ts';
import {
  type MendingDependencies,
  PeerMender,
  type PeerMending,
} from '../../../functions/shared/auditing/peer-mender.ts';
import { markersOfPeer } from '../../../functions/shared/auditing/read-markers.ts';
import type { UnsureSums } from '../../../functions/shared/domain/audit/mended-totals.ts';
import { DEFAULT_WINDOW_RULES } from '../../../functions/shared/domain/daily-counter.ts';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import type { Waiting } from '../../../functions/shared/runtime/waiting.ts';
import { AuditReader } from '../../../functions/shared/store/audit-reader.ts';
import { ChannelStore } from '../../../functions/shared/store/channel-store.ts';
import { DailyCounterStore } from '../../../functions/shared/store/daily-counter-store.ts';
import type { Table } from '../../../functions/shared/store/dynamodb.ts';
import { MarkerScan } from '../../../functions/shared/store/marker-scan.ts';
import { TotalsStore } from '../../../functions/shared/store/totals-store.ts';

/** What an audit of a test works with. */
export interface AuditedTable {
  table: Table;
  clock: () => EpochMillis;
  waiting: Waiting;
  retention: { messageRetentionDays: number; counterRetentionDays: number };
}

/** Compares all that is stored of a peer, conversations too. */
export async function auditedPeer(audited: AuditedTable, peerId: string): Promise<PeerAudit> {
  return new PeerAuditor(dependenciesOf(audited)).audit(peerId, await markersOf(audited, peerId));
}

/** Mends what an audit has found. */
export async function mendedPeer(
  audited: AuditedTable,
  audit: PeerAudit,
  unsureSums?: UnsureSums,
): Promise<PeerMending> {
  const dependencies = { ...dependenciesOf(audited), ...(unsureSums !== undefined && { unsureSums }) };
  return new PeerMender(dependencies).mend(audit, await markersOf(audited, audit.peerId));
}

function markersOf({ table }: AuditedTable, peerId: string): Promise<PeerMarkers> {
  const scan = new MarkerScan(table, async () => {});
  return markersOfPeer(peerId, new AuditReader(table), scan, { malformed() {}, examined() {} });
}

function dependenciesOf({ table, clock, waiting, retention }: AuditedTable): MendingDependencies {
  const { messageRetentionDays, counterRetentionDays } = retention;
  const counters = new DailyCounterStore(table);
  return {
    reader: new AuditReader(table),
    ...{ waiting, clock, messageRetentionDays, counters },
    totals: new TotalsStore(table, counters),
    channels: new ChannelStore(table),
    rules: { ...DEFAULT_WINDOW_RULES, counterRetentionDays },
  };
}
