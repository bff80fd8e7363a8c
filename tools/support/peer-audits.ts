import * as z from 'zod/mini';
import {
  type AuditDependencies,
  type PeerAudit,
  PeerAuditor,
} from '../../functions/shared/auditing/peer-auditor.ts';
import { PeerMarkers } from '../../functions/shared/auditing/peer-markers.ts';
import { type MendingDependencies, PeerMender } from '../../functions/shared/auditing/peer-mender.ts';
import { scanMarkers } from '../../functions/shared/auditing/read-markers.ts';
import type { Difference } from '../../functions/shared/domain/audit/difference.ts';
import type { UnsureSums } from '../../functions/shared/domain/audit/mended-totals.ts';
import { DEFAULT_WINDOW_RULES } from '../../functions/shared/domain/daily-counter.ts';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { type AfterUse, AuditReader, type CountedBefore } from '../../functions/shared/store/audit-reader.ts';
import { AuditedFiguresStore } from '../../functions/shared/store/audited-figures-store.ts';
import { ChannelStore } from '../../functions/shared/store/channel-store.ts';
import { DailyCounterStore } from '../../functions/shared/store/daily-counter-store.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { MarkerScan } from '../../functions/shared/store/marker-scan.ts';
import { retryOnConflict } from '../../functions/shared/store/retry-on-conflict.ts';
import { TotalsStore } from '../../functions/shared/store/totals-store.ts';
import type { Progress } from '../../local/support/progress.ts';
import type { AuditReport, AuditSummary } from './audit-report.ts';
import { listedPeers } from './listed-peers.ts';
import type { Retention } from './retention.ts';
import { SortedByPeer } from './sorted-by-peer.ts';

/** Is told how many differences of a peer were mended, and how many are left. */
export type Repaired = (peerId: string, counts: { mended: number; left: number }) => Promise<void>;

/** What audits work with. */
export interface AuditsContext extends Pick<AuditDependencies, 'clock' | 'waiting'> {
  table: Table;
  retention: Retention;
  report: AuditReport;
  /** Is told what was mended of a peer; without it nothing is mended. */
  repaired?: Repaired;
  /** What somebody decided on sums of which nothing tells what they are of. */
  unsureSums?: UnsureSums;
  afterUse: AfterUse;
}

const CONCURRENT_PEERS = 4;
/** So many files keep the markers of all peers until they are audited. */
const FILES = 64;

// What is kept in files between the reading of the table and the audit of a peer.
const before = z.object({
  revision: z.number(),
  open: z.array(z.object({ channelId: z.string(), day: z.string(), conversationCount: z.number() })),
});
const marker = z.object({ channelId: z.string(), day: z.string(), startedBy: z.string() });
const malformed = z.object({ problem: z.string() });
const kept = z.union([before, marker, malformed]);

/** Audits peers, one or all of them, and repairs them where that is asked for. */
export class PeerAudits {
  readonly #context: AuditsContext;
  readonly #dependencies: MendingDependencies;
  readonly #summary: AuditSummary = {
    peers: 0,
    counters: 0,
    differences: 0,
    notJudged: 0,
    mended: 0,
    left: 0,
  };

  constructor(context: AuditsContext) {
    const { table, retention, clock, waiting, afterUse, unsureSums } = context;
    const counters = new DailyCounterStore(table);
    this.#context = context;
    this.#dependencies = {
      reader: new AuditReader(table, afterUse),
      ...{ clock, waiting, counters },
      messageRetentionDays: retention.messageRetentionDays,
      totals: new TotalsStore(table, counters),
      channels: new ChannelStore(table),
      ...(unsureSums !== undefined && { unsureSums }),
      rules: {
        ...DEFAULT_WINDOW_RULES,
        counterRetentionDays: retention.counterRetentionDays,
      },
    };
  }

  /** @param peerId the only one, or all of the directory */
  async withoutConversations(peerId: string | undefined): Promise<AuditSummary> {
    for await (const page of this.#peers(peerId)) {
      await mapConcurrently(page, CONCURRENT_PEERS, (one) => this.#audit(one));
    }
    return this.#summary;
  }

  /**
   * Reads the table once for all conversation markers. They and what was counted before are kept in files, by peer.
   *
   * @param peerId the only one, or all of the directory, and those that have markers
   */
  withConversations(peerId: string | undefined, progress: Progress): Promise<AuditSummary> {
    const { table, afterUse } = this.#context;
    return SortedByPeer.use(FILES, async (sorted) => {
      for await (const page of this.#peers(peerId)) {
        await mapConcurrently(page, CONCURRENT_PEERS, async (one) => {
          sorted.add(one, await this.#dependencies.reader.countedBefore(one));
        });
      }
      this.#summary.markers = 0;
      await scanMarkers(
        new MarkerScan(table, afterUse),
        {
          start: ({ peerId: ofPeer, ...start }) => {
            this.#summary.markers = (this.#summary.markers ?? 0) + 1;
            sorted.add(ofPeer, start);
          },
          malformed: (ofPeer, problem) => sorted.add(ofPeer, { problem }),
          examined: (items) => progress.update(items),
        },
        peerId,
      ).finally(() => progress.end());
      for await (const { peerId: one, found } of sorted.peers()) await this.#auditWith(one, found);
      return this.#summary;
    });
  }

  async *#peers(peerId: string | undefined): AsyncGenerator<string[]> {
    if (peerId !== undefined) {
      yield [peerId];
      return;
    }
    yield* listedPeers(this.#context.table);
  }

  #auditWith(peerId: string, found: readonly unknown[]): Promise<void> {
    const all = found.map((one) => z.parse(kept, one));
    const counted: CountedBefore = all.find((one) => 'revision' in one) ?? { revision: 0, open: [] };
    const markers = new PeerMarkers(counted);
    const problems: Difference[] = [];
    for (const one of all) {
      if ('startedBy' in one) markers.add(one, one.startedBy);
      if ('problem' in one) {
        problems.push({ code: 'malformed_item', peerId, expected: {}, found: { problem: one.problem } });
      }
    }
    return this.#audit(peerId, markers, problems);
  }

  /** Stores what is left behind a repair, as the nightly audit does: the peer need not wait for its next turn. */
  #store(peerId: string, differences: number): Promise<void> {
    const { table, clock, waiting } = this.#context;
    const results = new AuditedFiguresStore(table);
    return retryOnConflict(waiting, () => results.store(peerId, { at: clock(), differences }));
  }

  async #audit(peerId: string, markers?: PeerMarkers, problems: readonly Difference[] = []): Promise<void> {
    const audited = await new PeerAuditor(this.#dependencies).audit(peerId, markers);
    const audit: PeerAudit = { ...audited, differences: [...problems, ...audited.differences] };
    const { differences, counters, notJudged } = audit;
    const summary = this.#summary;
    summary.peers += 1;
    summary.counters += counters;
    summary.differences += differences.length;
    summary.notJudged += notJudged;
    const { repaired } = this.#context;
    if (repaired !== undefined && differences.length === 0) await this.#store(peerId, 0);
    if (repaired === undefined || differences.length === 0) {
      this.#context.report.peer({ peerId, differences });
      return;
    }
    const { mended, left, lostDays } = await new PeerMender(this.#dependencies).mend(audit, markers);
    const all = [
      ...problems.map((difference) => ({ difference, why: 'it has to be put right by hand' })),
      ...left,
    ];
    const counts = { mended: mended.length - problems.length, left: all.length };
    summary.mended += counts.mended;
    summary.left += counts.left;
    await repaired(peerId, counts);
    await this.#store(peerId, all.length);
    this.#context.report.peer({ peerId, differences, left: all, lostDays });
  }
}
