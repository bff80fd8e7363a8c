import type { MarkedConversations } from '../domain/audit/counter-agreement.ts';
import { DistinctFingerprints } from '../domain/audit/distinct-fingerprints.ts';
import type { DailyCounterKey, SealableCounter } from '../domain/daily-counter.ts';
import type { Fingerprint } from '../domain/dedupe-window.ts';
import type { CountedBefore } from '../store/audit-reader.ts';

const NONE = new DistinctFingerprints();

/** The messages of a peer that conversation markers name, by channel and day. */
export class PeerMarkers {
  readonly #named = new Map<string, DistinctFingerprints>();
  readonly #revision: number;
  readonly #open: ReadonlyMap<string, number>;

  /** @param before as it was read before the first marker of the table was */
  constructor({ revision, open }: CountedBefore) {
    this.#revision = revision;
    this.#open = new Map(open.map((counter) => [nameOf(counter), counter.conversationCount]));
  }

  /** Takes a marker, which was read consistently. */
  add(place: Pick<DailyCounterKey, 'channelId' | 'day'>, startedBy: Fingerprint): void {
    const name = nameOf(place);
    const named = this.#named.get(name) ?? new DistinctFingerprints();
    named.add([startedBy]);
    this.#named.set(name, named);
  }

  /**
   * What the markers say of a counter.
   *
   * @param counter as it was read after the markers
   * @param evidence all of its fingerprints
   */
  of(counter: SealableCounter, evidence: DistinctFingerprints): MarkedConversations {
    const named = this.#named.get(nameOf(counter)) ?? NONE;
    const { sealedIn, conversationCount } = counter;
    // A sealed counter changes with the totals alone.
    const isSameAsBefore = sealedIn !== undefined && sealedIn <= this.#revision;
    const least = isSameAsBefore ? conversationCount : (this.#open.get(nameOf(counter)) ?? 0);
    return { proven: named.countAmong(evidence), named: named.count, least };
  }
}

function nameOf({ channelId, day }: Pick<DailyCounterKey, 'channelId' | 'day'>): string {
  return `${day} ${channelId}`;
}
