import {
  firstDayOfOverview,
  ORDER_REMEMBERED_SECONDS,
  type OverviewQuery,
  type OverviewSource,
  type PeerOverview,
  peerOverview,
} from '../shared/domain/overview.ts';
import { countingLag } from '../shared/domain/trust.ts';
import { dayOf, type EpochMillis, SECOND_MS } from '../shared/domain/utc-day.ts';
import { BoundedMap } from '../shared/runtime/bounded-map.ts';
import type { UsageContext } from './context.ts';

/** Some hundred bytes each. */
const REMEMBERED_ROWS = 4_000;

type Sources = Pick<UsageContext, 'usedPeers' | 'passedHeartbeats' | 'heartbeats' | 'clock'>;

interface RememberedRow {
  at: EpochMillis;
  row: PeerOverview;
}

/**
 * Makes the rows of overviews. Those that it made a moment ago are remembered, so that whoever goes from page to page does not have all peers read for each of them.
 */
export class OverviewRows implements OverviewSource {
  readonly #sources: Sources;
  readonly #remembered = new BoundedMap<string, RememberedRow>(REMEMBERED_ROWS);

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  async begin(days: number): Promise<OverviewQuery> {
    const { passedHeartbeats, heartbeats, clock } = this.#sources;
    const passed = await passedHeartbeats.read();
    const now = clock();
    return { days, lag: countingLag(passed, heartbeats.keys, now), rhythm: heartbeats, now };
  }

  async read(peerIds: readonly string[], query: OverviewQuery): Promise<PeerOverview[]> {
    const today = dayOf(query.now);
    const from = firstDayOfOverview(query.days, today);
    const peers = await this.#sources.usedPeers.read(peerIds, from, query.now);
    return peers.map(({ peerId, usage, condition }) => {
      const row = peerOverview(peerId, usage, condition, query, today);
      this.#remembered.set(nameOf(peerId, query), { at: query.now, row });
      return row;
    });
  }

  async recent(
    peerIds: readonly string[],
    query: OverviewQuery,
  ): Promise<{ rows: PeerOverview[]; readNow: ReadonlyMap<string, PeerOverview> }> {
    const oldest = query.now - ORDER_REMEMBERED_SECONDS * SECOND_MS;
    const remembered = peerIds.flatMap((peerId) => {
      const known = this.#remembered.get(nameOf(peerId, query));
      return known !== undefined && known.at > oldest && known.at <= query.now ? known.row : [];
    });
    const known = new Set(remembered.map(({ peerId }) => peerId));
    const read = await this.read(
      peerIds.filter((peerId) => !known.has(peerId)),
      query,
    );
    return {
      rows: [...remembered, ...read],
      readNow: new Map(read.map((row) => [row.peerId, row])),
    };
  }
}

/** Of another day there are other figures. */
function nameOf(peerId: string, { days, now }: OverviewQuery): string {
  return `${dayOf(now)} ${days} ${peerId}`;
}
