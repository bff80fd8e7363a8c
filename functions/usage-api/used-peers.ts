import type { UsageSource } from '../shared/domain/channel-stats.ts';
import type { PeerConditionsSource, UsedPeer, UsedPeersSource } from '../shared/domain/overview.ts';
import { notCountedDays } from '../shared/domain/trust.ts';
import { dayOf, type EpochMillis, type UtcDay } from '../shared/domain/utc-day.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';

/** So many peers are read at a time, by two queries each. */
const CONCURRENT_PEERS = 32;

/** Reads how much peers were used, and what else is known of them: three queries a peer, and one batch for every fifty. */
export class UsedPeers implements UsedPeersSource {
  readonly #usage: UsageSource;
  readonly #conditions: PeerConditionsSource;

  constructor(usage: UsageSource, conditions: PeerConditionsSource) {
    this.#usage = usage;
    this.#conditions = conditions;
  }

  async read(peerIds: readonly string[], from: UtcDay, now: EpochMillis): Promise<UsedPeer[]> {
    if (peerIds.length === 0) return [];
    const [used, conditions] = await Promise.all([
      mapConcurrently(peerIds, CONCURRENT_PEERS, async (peerId) => ({
        peerId,
        // Consistently, as whether there is history follows from a difference, and as no counter goes back.
        usage: await this.#usage.read(peerId, dayOf(now), { from, consistent: true }),
      })),
      this.#conditions.read(peerIds, notCountedDays(now)),
    ]);
    return used.flatMap((peer, index) => {
      const condition = conditions[index];
      return condition === undefined ? [] : { ...peer, condition };
    });
  }
}
