import {
  compareChannels,
  compareNumber,
  type NumberUse,
  type RegisteredChannels,
} from '../domain/audit/channel-agreement.ts';
import {
  compareDoubled,
  compareWithEvidence,
  compareWithMarkers,
  compareWithSnapshot,
  isExpiring,
  needsProof,
  withoutProof,
} from '../domain/audit/counter-agreement.ts';
import { type Difference, nameOfDifference } from '../domain/audit/difference.ts';
import { compareMonthDigests, compareWithFingerprints } from '../domain/audit/digest-agreement.ts';
import {
  compareMonth,
  compareSealedThrough,
  compareTotals,
  compareTotalsPresence,
  type SumsWithDigests,
  sumsOf,
} from '../domain/audit/totals-agreement.ts';
import type { CounterPlace, DailyCounterKey, SealableCounter } from '../domain/daily-counter.ts';
import { ContentionError, MalformedItemError } from '../domain/errors.ts';
import { inBatches } from '../domain/in-batches.ts';
import { daysBetween, daysOfMonth } from '../domain/interval.ts';
import { type Month, monthOf } from '../domain/month.ts';
import { newMonth, type PeerTotals } from '../domain/peer-totals.ts';
import { addDays, type EpochMillis, type UtcDay } from '../domain/utc-day.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import type { Waiting } from '../runtime/waiting.ts';
import {
  type AuditReader,
  MOST_TOGETHER,
  type StoredCounter,
  type StoredEvidence,
} from '../store/audit-reader.ts';
import { ConflictError } from '../store/conflict.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import type { PeerMarkers } from './peer-markers.ts';
import { byMonth, type MonthWithCounters } from './stored-months.ts';

/** What an audit works with. */
export interface AuditDependencies {
  reader: AuditReader;
  waiting: Waiting;
  clock: () => EpochMillis;
  /** How long messages are stored, in days. */
  messageRetentionDays: number;
}

/** What was found of a peer. */
export interface PeerAudit {
  peerId: string;
  /** How many daily counters were looked at. */
  counters: number;
  differences: Difference[];
  /** How many seemed to differ, and were changed so often that they could not be looked at again. */
  notJudged: number;
  /** The numbers of channels under which figures are stored. */
  numbers: ReadonlyMap<number, NumberUse>;
}

/** A counter that was looked at; one that is malformed is known by its key alone. */
type Examined = DailyCounterKey & { counter?: SealableCounter };

const CONCURRENT_COUNTERS = 8;
const CONCURRENT_LOOKS = 4;
/** The totals and a month are read with counters. */
const COUNTERS_TOGETHER = MOST_TOGETHER - 2;
const LOOKS_AT_EVIDENCE = 3;

/** Compares all that is stored of a peer's figures. It only reads. */
export class PeerAuditor {
  readonly #dependencies: AuditDependencies;

  constructor(dependencies: AuditDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Says what does not agree. Counting and sealing go on meanwhile: what seems to differ is looked at again, as it is
   * at one moment between transactions, before it is told.
   *
   * @param markers those of the peer, which were read consistently; without them conversations are not compared
   */
  async audit(peerId: string, markers?: PeerMarkers): Promise<PeerAudit> {
    const look = new PeerLook(this.#dependencies, peerId, markers);
    await look.run();
    const again = new SecondLook(this.#dependencies, peerId, markers);
    const { differences, notJudged } = await confirmed(look, again);
    return { peerId, counters: look.counters, differences, notJudged, numbers: look.used };
  }
}

/** Those differences that are still there. */
async function confirmed(
  look: PeerLook,
  again: SecondLook,
): Promise<Pick<PeerAudit, 'differences' | 'notJudged'>> {
  const found = new Map(look.differences.map((one) => [nameOfDifference(one), one]));
  const stillThere = new Map<string, Difference>();
  let notJudged = 0;
  const lookAgain: Record<Kind, (differences: readonly Difference[]) => Promise<readonly Difference[]>> = {
    item: async (differences) => differences,
    channels: (differences) => again.atChannels(differences, look.used),
    counter: (differences) => again.atCounters(differences),
    month: (differences) => again.atMonths(differences),
    digest: (differences) => again.atMonthDigests(differences),
    totals: (differences) => again.atTotals(differences, look),
    evidence: (differences) => again.atEvidence(differences),
  };
  for (const [kind, differences] of Map.groupBy(found.values(), kindOf)) {
    try {
      for (const one of await lookAgain[kind](differences)) stillThere.set(nameOfDifference(one), one);
    } catch (error) {
      if (error instanceof MalformedItemError) continue;
      if (!(error instanceof ContentionError)) throw error;
      notJudged += differences.length;
    }
  }
  return { differences: [...found.keys()].flatMap((name) => stillThere.get(name) ?? []), notJudged };
}

type Kind = 'item' | 'channels' | 'counter' | 'month' | 'digest' | 'totals' | 'evidence';

/** By what a difference is looked at again. */
function kindOf({ code, channelId }: Difference): Kind {
  switch (code) {
    case 'malformed_item':
      return 'item';
    case 'channel_lost':
    case 'channel_number_twice':
    case 'channel_count_low':
    case 'number_differs':
      return 'channels';
    case 'evidence_missing':
    case 'evidence_uncounted':
    case 'evidence_hidden':
    case 'evidence_doubled':
    case 'counter_digest_differs':
    case 'conversations_uncounted':
    case 'conversations_unmarked':
      return 'evidence';
    case 'month_lost':
    case 'month_older':
    case 'month_newer':
    case 'recent_differs':
      return 'month';
    case 'month_digest_differs':
      return 'digest';
    case 'totals_differ':
    case 'totals_digest_differs':
    case 'totals_lost':
      return 'totals';
    case 'sealed_through_early':
      return channelId === undefined ? 'totals' : 'counter';
    default:
      return 'counter';
  }
}

/** The first look at a peer, month by month. */
class PeerLook {
  readonly #dependencies: AuditDependencies;
  readonly #peerId: string;
  readonly #markers: PeerMarkers | undefined;
  readonly differences: Difference[] = [];
  /** The numbers of channels under which figures are stored. */
  readonly used = new Map<number, NumberUse>();
  readonly months: Month[] = [];
  readonly #sums: SumsWithDigests[] = [];
  /** The first day that was sealed, as a counter or a month tells. */
  sealed: { day: UtcDay; sealedIn: number } | undefined;
  counters = 0;

  constructor(dependencies: AuditDependencies, peerId: string, markers: PeerMarkers | undefined) {
    this.#dependencies = dependencies;
    this.#peerId = peerId;
    this.#markers = markers;
  }

  async run(): Promise<void> {
    const { reader } = this.#dependencies;
    const peerId = this.#peerId;
    const totals = await this.#orMalformed(() => reader.totals(peerId));
    const registered = await reader.channels(peerId);
    for (const error of registered.malformed) this.#malformed(error);
    const named = totals?.months.keys() ?? [];
    for await (const month of byMonth(this.#counters(registered), reader.months(peerId), named)) {
      this.#compareMonth(month, totals, registered);
    }
    if (totals !== undefined) this.#compareTotals(totals);
    if (registered.malformed.length === 0) {
      this.differences.push(...compareChannels(peerId, registered, this.used));
    }
  }

  /** The counters, compared with their evidence page by page, so that not much of it is kept. */
  async *#counters(registered: RegisteredChannels): AsyncGenerator<Examined[]> {
    const { reader } = this.#dependencies;
    const numbers = new Map(registered.channels.map(({ channelId, number }) => [channelId, number]));
    for await (const page of reader.counters(this.#peerId)) {
      this.counters += page.length;
      yield await mapConcurrently(page, CONCURRENT_COUNTERS, (one) => this.#examine(one, numbers));
    }
  }

  async #examine({ key, stored }: StoredCounter, numbers: ReadonlyMap<string, number>): Promise<Examined> {
    if (stored instanceof MalformedItemError) {
      this.#malformed(stored, key);
      return key;
    }
    const counter = withoutProof(stored);
    const { peerId, channelId, channelNumber, day } = counter;
    this.#use(channelNumber, day, channelId);
    this.differences.push(...compareNumber(peerId, counter, channelNumber, numbers.get(channelId)));
    const evidence = await this.#orMalformed(() => this.#dependencies.reader.evidence(stored), key);
    if (evidence !== undefined) {
      this.differences.push(...compareEvidence(this.#dependencies, counter, evidence, this.#markers));
    }
    return { ...key, counter };
  }

  #compareMonth(
    { month, stored = newMonth(month), counters }: MonthWithCounters<Examined>,
    totals: PeerTotals | undefined,
    { channels }: RegisteredChannels,
  ): void {
    this.months.push(month);
    if (stored instanceof MalformedItemError) {
      this.#malformed(stored, { day: `${month}-01` });
      return;
    }
    this.#sums.push(sumsOf(stored));
    for (const [day, snapshot] of stored.days) {
      for (const number of snapshot.channels.keys()) this.#use(number, day);
    }
    if (totals === undefined) return;
    if (stored.revision > 0) this.sealed ??= { day: `${month}-01`, sealedIn: stored.revision };
    this.differences.push(...compareMonth(this.#peerId, stored, totals));
    const now = this.#dependencies.clock();
    const state = { totals, month: stored };
    const seen = new Set<string>();
    for (const { counter, ...key } of counters) {
      seen.add(`${key.day} ${key.channelId}`);
      if (counter === undefined) continue;
      const { sealedIn, day } = counter;
      if (sealedIn !== undefined) this.sealed ??= { day, sealedIn };
      this.differences.push(...compareWithSnapshot(counter, counter, state, now));
      this.differences.push(...compareSealedThrough(counter, totals));
    }
    const known = counters.flatMap(({ counter }) => counter ?? []);
    this.differences.push(...compareMonthDigests(this.#peerId, state, known, now));
    const channelIds = new Map(channels.map(({ channelId, number }) => [number, channelId]));
    for (const [day, snapshot] of stored.days) {
      for (const channelNumber of snapshot.channels.keys()) {
        const channelId = channelIds.get(channelNumber);
        if (channelId === undefined || seen.has(`${day} ${channelId}`)) continue;
        const place = { peerId: this.#peerId, channelId, channelNumber, day };
        this.differences.push(...compareWithSnapshot(place, undefined, state, now));
      }
    }
  }

  #compareTotals(totals: PeerTotals): void {
    for (const number of totals.channels.keys()) this.#use(number);
    this.differences.push(...compareTotalsPresence(this.#peerId, totals, this.sealed));
    // Where a month is another one than the totals name, their sums are of different moments.
    const areAlike =
      this.#sums.length === this.months.length &&
      this.#sums.every(({ month, revision }) => (totals.months.get(month) ?? 0) === revision);
    if (areAlike) this.differences.push(...compareTotals(this.#peerId, totals, this.#sums));
  }

  #use(number: number, day?: UtcDay, channelId?: string): void {
    const known = this.used.get(number);
    const days = [known?.day, day].filter((one) => one !== undefined).sort();
    this.used.set(number, {
      ...(days[0] !== undefined && { day: days[0] }),
      channelIds: new Set([...(known?.channelIds ?? []), ...(channelId === undefined ? [] : [channelId])]),
    });
  }

  async #orMalformed<Read>(
    read: () => Promise<Read>,
    place: Partial<DailyCounterKey> = {},
  ): Promise<Read | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof MalformedItemError)) throw error;
      this.#malformed(error, place);
      return undefined;
    }
  }

  #malformed({ message }: MalformedItemError, place: Partial<DailyCounterKey> = {}): void {
    const difference = { ...place, code: 'malformed_item', peerId: this.#peerId } as const;
    this.differences.push({ ...difference, expected: {}, found: { problem: message } });
  }
}

/** The second look at what seems to differ. */
class SecondLook {
  readonly #dependencies: AuditDependencies;
  readonly #peerId: string;
  readonly #markers: PeerMarkers | undefined;

  constructor(dependencies: AuditDependencies, peerId: string, markers: PeerMarkers | undefined) {
    this.#dependencies = dependencies;
    this.#peerId = peerId;
    this.#markers = markers;
  }

  /** Counters, their month and the totals at one moment. */
  async atCounters(found: readonly Difference[]): Promise<Difference[]> {
    const places = placesOf(found);
    const inTurn = [...Map.groupBy(places, ({ day }) => monthOf(day))].flatMap(([month, ofMonth]) =>
      [...inBatches(ofMonth, COUNTERS_TOGETHER)].map((batch) => ({ month, batch })),
    );
    const { reader, clock } = this.#dependencies;
    const again = await mapConcurrently(inTurn, CONCURRENT_LOOKS, ({ month, batch }) =>
      this.#retried(async () => {
        const { totals, months, counters } = await reader.together(this.#peerId, [month], batch);
        const state = { totals, month: months[0] ?? newMonth(month) };
        return batch.flatMap((place, index) => {
          const counter = counters[index];
          const sealed = counter === undefined ? undefined : withoutProof(counter);
          return [
            ...compareWithSnapshot(place, sealed, state, clock()),
            ...(sealed === undefined ? [] : compareSealedThrough(sealed, totals)),
          ];
        });
      }),
    );
    return again.flat();
  }

  async atMonths(found: readonly Difference[]): Promise<Difference[]> {
    const months = new Set(found.flatMap(({ month }) => month ?? []));
    const again = await mapConcurrently([...months], CONCURRENT_LOOKS, (month) =>
      this.#retried(async () => {
        const { totals, months: read } = await this.#dependencies.reader.together(this.#peerId, [month]);
        return compareMonth(this.#peerId, read[0] ?? newMonth(month), totals);
      }),
    );
    return again.flat();
  }

  /** The digests of channels in a month, beside all of their counters in it. */
  async atMonthDigests(found: readonly Difference[]): Promise<Difference[]> {
    const { reader, clock } = this.#dependencies;
    const again = await mapConcurrently(found, CONCURRENT_LOOKS, ({ month, channelId, channelNumber }) =>
      this.#retried(async () => {
        if (month === undefined) return [];
        const keys = channelId === undefined ? [] : countersOfMonth(this.#peerId, channelId, month);
        const { totals, months, counters } = await reader.together(this.#peerId, [month], keys);
        const sealable = counters.flatMap((counter) =>
          counter === undefined ? [] : [withoutProof(counter)],
        );
        const state = { totals, month: months[0] ?? newMonth(month) };
        return compareMonthDigests(this.#peerId, state, sealable, clock()).filter(
          (one) => one.channelNumber === channelNumber,
        );
      }),
    );
    return again.flat();
  }

  /** The totals and all of their months: at one moment, or as their revisions tell. */
  atTotals(found: readonly Difference[], { months, sealed }: PeerLook): Promise<Difference[]> {
    const { reader } = this.#dependencies;
    if (found.length === 0) return Promise.resolve([]);
    return this.#retried(async () => {
      const { totals } = await reader.together(this.#peerId, []);
      const all = [...new Set([...months, ...totals.months.keys()])];
      const sums: SumsWithDigests[] = [];
      for (const batch of inBatches(all, MOST_TOGETHER - 1)) {
        const read = await reader.together(this.#peerId, batch);
        if (read.totals.revision !== totals.revision) throw new ConflictError('the totals were changed');
        sums.push(...read.months.map(sumsOf));
      }
      const areAlike = sums.every(({ month, revision }) => (totals.months.get(month) ?? 0) === revision);
      return [
        ...(areAlike ? compareTotals(this.#peerId, totals, sums) : []),
        ...compareTotalsPresence(this.#peerId, totals, sealed),
      ];
    });
  }

  async atChannels(
    found: readonly Difference[],
    used: ReadonlyMap<number, NumberUse>,
  ): Promise<Difference[]> {
    if (found.length === 0) return [];
    const registered = await this.#retried(() => this.#dependencies.reader.channels(this.#peerId, true));
    if (registered.malformed.length > 0) return [];
    const numbers = new Map(registered.channels.map(({ channelId, number }) => [channelId, number]));
    const ofCounters = placesOf(found).flatMap((place) =>
      compareNumber(this.#peerId, place, place.channelNumber, numbers.get(place.channelId)),
    );
    return [...compareChannels(this.#peerId, registered, used), ...ofCounters];
  }

  /** Counters and their evidence, while the counters stay the same. */
  async atEvidence(found: readonly Difference[]): Promise<Difference[]> {
    const again = await mapConcurrently(placesOf(found), CONCURRENT_COUNTERS, async (place) => {
      let differences: Difference[] = [];
      // Where archived windows are split meanwhile, one look may miss what it would find at another place.
      for (let looks = 0; looks < LOOKS_AT_EVIDENCE; looks += 1) {
        differences = await this.#retried(() => this.#lookAtEvidence(place));
        if (differences.length === 0) break;
      }
      return differences;
    });
    return again.flat();
  }

  async #lookAtEvidence(place: CounterPlace): Promise<Difference[]> {
    const { reader } = this.#dependencies;
    const counter = await reader.counter(place);
    if (counter === undefined) return [];
    const evidence = await reader.evidence(counter);
    const after = await reader.counter(place);
    if (after?.version !== counter.version) throw new ConflictError('the counter was changed');
    return compareEvidence(this.#dependencies, withoutProof(counter), evidence, this.#markers);
  }

  #retried<Result>(look: () => Promise<Result>): Promise<Result> {
    return retryOnConflict(this.#dependencies.waiting, look);
  }
}

/** Where a counter does not agree with its evidence. */
function compareEvidence(
  { clock, messageRetentionDays }: AuditDependencies,
  counter: SealableCounter,
  { fingerprints, hidden, doubled }: StoredEvidence,
  markers: PeerMarkers | undefined,
): Difference[] {
  const now = clock();
  if (isExpiring(counter, now)) return [];
  const isNeeded = needsProof(counter, now, messageRetentionDays);
  const proof = { proven: fingerprints.count, hidden: hidden.count };
  const messages = [
    ...compareWithEvidence(counter, proof, isNeeded),
    ...compareDoubled(counter, doubled),
    ...compareWithFingerprints(counter, fingerprints),
  ];
  if (markers === undefined) return messages;
  return [...messages, ...compareWithMarkers(counter, markers.of(counter, fingerprints), isNeeded)];
}

/** The keys that all counters of a channel in a month have. */
export function countersOfMonth(peerId: string, channelId: string, month: Month): DailyCounterKey[] {
  const { from, to } = daysOfMonth(month);
  return Array.from({ length: daysBetween(from, to) + 1 }, (_, index) => {
    return { peerId, channelId, day: addDays(from, index) };
  });
}

/** The counters that differences are at, each once. */
export function placesOf(differences: readonly Difference[]): CounterPlace[] {
  const places = new Map<string, CounterPlace>();
  for (const { peerId, channelId, channelNumber, day } of differences) {
    if (channelId === undefined || channelNumber === undefined || day === undefined) continue;
    places.set(`${day} ${channelId}`, { peerId, channelId, channelNumber, day });
  }
  return [...places.values()];
}
