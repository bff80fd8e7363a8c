/** What became of the messages that a replay read. */
export interface ReplayFigures {
  counted: number;
  /** Those that had been counted before. */
  duplicate: number;
  /** Those of roles that do not count. */
  notCounted: number;
  /** Those that could not be counted now, and may be later. */
  failed: number;
  /** How many were passed over, by reason. */
  skipped: Readonly<Record<string, number>>;
}

export const NO_FIGURES: ReplayFigures = { counted: 0, duplicate: 0, notCounted: 0, failed: 0, skipped: {} };

/** Adds figures up. */
export function addFigures(one: ReplayFigures, other: ReplayFigures): ReplayFigures {
  return {
    counted: one.counted + other.counted,
    duplicate: one.duplicate + other.duplicate,
    notCounted: one.notCounted + other.notCounted,
    failed: one.failed + other.failed,
    skipped: addUp(one.skipped, other.skipped),
  };
}

/** Adds numbers under their names. */
export function addUp(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...one };
  for (const [name, value] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

/** Why messages are passed over, in words. */
const REASONS: Readonly<Record<string, string>> = {
  too_old: 'past the retention',
  expired: 'past the retention they were stored with',
  too_many_channels: 'the peer has too many channels',
  malformed_item: 'an item of the usage table is malformed',
  malformed: 'not a message',
  unknown_version: 'of an unknown version',
  sent_in_future: 'sent in the future',
};

/** A reason as people read it. */
export function reasonInWords(reason: string): string {
  return REASONS[reason] ?? reason;
}

/** Reasons that need somebody: what is skipped for them should be counted, and is not. */
const TO_BE_MENDED: readonly string[] = ['too_many_channels', 'malformed_item'];

/** How many messages should be counted, and are not. */
export function missingIn({ failed, skipped }: ReplayFigures): number {
  return TO_BE_MENDED.reduce((sum, reason) => sum + (skipped[reason] ?? 0), failed);
}

/** So many peers are told one by one: their figures take some 30 MB. */
const MOST_PEERS_TOLD = 100_000;

/** The figures of peers, in bounded memory: those of the peers that come first are kept one by one. */
export class PeerFigures {
  readonly #most: number;
  readonly #byPeer = new Map<string, ReplayFigures>();
  #others = NO_FIGURES;
  #total = NO_FIGURES;

  /** @param most how many peers are kept one by one */
  constructor(most: number = MOST_PEERS_TOLD) {
    this.#most = most;
  }

  get byPeer(): ReadonlyMap<string, ReplayFigures> {
    return this.#byPeer;
  }

  /** The figures of all peers that are not kept one by one. */
  get others(): ReplayFigures {
    return this.#others;
  }

  /** The figures of all peers. */
  get total(): ReplayFigures {
    return this.#total;
  }

  add(peerId: string, figures: ReplayFigures): void {
    const known = this.#byPeer.get(peerId);
    if (known === undefined && this.#byPeer.size >= this.#most) {
      this.addOthers(figures);
      return;
    }
    this.#total = addFigures(this.#total, figures);
    this.#byPeer.set(peerId, addFigures(known ?? NO_FIGURES, figures));
  }

  /** Adds figures of peers that are not kept one by one. */
  addOthers(figures: ReplayFigures): void {
    this.#total = addFigures(this.#total, figures);
    this.#others = addFigures(this.#others, figures);
  }
}
