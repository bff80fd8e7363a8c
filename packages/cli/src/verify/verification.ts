import { createSecretKey, type KeyObject } from 'node:crypto';
import { digestUnder } from '../../../../functions/shared/counting/fingerprints.ts';
import type { Fingerprint } from '../../../../functions/shared/domain/dedupe-window.ts';
import { type Digest, fingerprintIn } from '../../../../functions/shared/domain/digest.ts';
import { inBatches } from '../../../../functions/shared/domain/in-batches.ts';
import type { DayRange } from '../../../../functions/shared/domain/interval.ts';
import { COUNTED_ROLE } from '../../../../functions/shared/domain/message.ts';
import { monthOf } from '../../../../functions/shared/domain/month.ts';
import { addDays, dayOf, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { ToolError } from '../../../../tools/support/tool-error.ts';
import {
  type Compared,
  compareFigures,
  type DifferentDay,
  type Figures,
  type Proven,
} from './compare-figures.ts';
import { type Difference, differingFields, type Named, type Note } from './difference.ts';
import { type NamedDay, nameDay } from './differing-day.ts';
import type { ListedMessage, MessageList } from './listed-messages.ts';
import { type ChannelDay, isSamePlace, nameOfChannelDay, OwnList, type Place, placeOf } from './own-list.ts';
import { judge } from './reasons.ts';
import type { Reads, ToldTrust, VerifiedService } from './service.ts';

/** Of which days a list is compared; without one of them from the first, or to the last one. */
export interface Scope {
  from?: UtcDay;
  to?: UtcDay;
}

/** Is told what is found, as soon as it is. */
export interface Findings {
  found(finding: Difference | Note): void;
  /** The channels and days, or months, that differ, before their messages are named. */
  figures?(compared: Pick<Compared, 'days' | 'months'>): void;
}

/** What comparing came to. */
export interface VerifySummary {
  trust: ToldTrust;
  /** The days that were compared. */
  range: DayRange;
  /** Messages of the list that are to be counted, each once, on the days that were compared. */
  messages: number;
  same: number;
  onlyHere: number;
  onlyThere: number;
  /** Counted elsewhere, or twice. */
  differ: number;
  /** Differences of figures that no message explains. */
  figures: number;
  waiting: number;
  notProven: number;
  /** Messages on days that were not to be compared. */
  outOfRange: number;
  /** Messages of roles that do not count. */
  otherRoles: number;
  badLines: number;
  /** Lines that repeat a message, and those of them that say something else of it. */
  copies: number;
  otherCopies: number;
  /** Channels and days, or months, whose digest is not known there. */
  digestsUnknown: number;
  /** Whether messages could be looked up. */
  hasReasons: boolean;
  reads: Reads;
}

/** A message of the list that is not counted where it belongs. */
interface Missing {
  message: Named;
  listed: ListedMessage;
}

/** As many messages as a look-up takes. */
const LOOKED_UP_TOGETHER = 500;
/** A message may be so new that its day has not begun for the service. */
const DAYS_AHEAD = 1;
const ANY_KEY = new Uint8Array(32);
const EMPTY_SUMMARY = {
  ...{ messages: 0, same: 0, onlyHere: 0, onlyThere: 0, differ: 0, figures: 0, waiting: 0, notProven: 0 },
  ...{ outOfRange: 0, otherRoles: 0, badLines: 0, copies: 0, otherCopies: 0, digestsUnknown: 0 },
  hasReasons: true,
};

/**
 * Compares a list of messages with what is counted of a peer: by what they add up to, and only where that differs by
 * the messages themselves. It goes through the list twice where something differs.
 *
 * @throws ToolError where the list is too long, or is another one when it is read again
 */
export async function verify(
  list: MessageList,
  service: VerifiedService,
  scope: Scope,
  findings: Findings,
): Promise<VerifySummary> {
  // In this order: what was recorded before `countedThrough` is in all that is read from here on.
  const trust = await service.trust();
  const key = createSecretKey((await service.proofKey()) ?? ANY_KEY);
  const verification = new Verification(list, service, scope, findings, trust, key);
  return verification.run();
}

class Verification {
  readonly #list: MessageList;
  readonly #service: VerifiedService;
  readonly #scope: Scope;
  readonly #findings: Findings;
  readonly #key: KeyObject;
  readonly #own = new OwnList();
  readonly #summary: VerifySummary;
  /** The list's messages that are to be found once more, by their digests. */
  readonly #onlyHere = new Set<Digest>();
  /** Where fingerprints are counted that the list has not there. */
  readonly #onlyThere = new Map<Fingerprint, ChannelDay[]>();
  readonly #suspected = new Map<Fingerprint, NamedDay>();
  /** The days of which everything is known. */
  #proven: Proven = { days: [], months: [] };

  constructor(
    list: MessageList,
    service: VerifiedService,
    scope: Scope,
    findings: Findings,
    trust: ToldTrust,
    key: KeyObject,
  ) {
    this.#list = list;
    this.#service = service;
    this.#scope = scope;
    this.#findings = findings;
    this.#key = key;
    const last = addDays(dayOf(Date.parse(trust.asOf)), DAYS_AHEAD);
    const to = scope.to === undefined || scope.to > last ? last : scope.to;
    const first = trust.firstCountedDay ?? last;
    const from = scope.from === undefined || scope.from < first ? first : scope.from;
    this.#summary = { ...EMPTY_SUMMARY, trust, range: { from, to }, reads: service.reads };
  }

  async run(): Promise<VerifySummary> {
    await this.#readList();
    this.#proven = await this.#readProof();
    const own = this.#own.figures().filter(({ day }) => this.#isInScope(day));
    this.#summary.messages = own.reduce((all, { messageCount }) => all + messageCount, 0);
    this.#summary.outOfRange =
      this.#own.figures().reduce((all, { messageCount }) => all + messageCount, 0) - this.#summary.messages;
    const compared = compareFigures(own, this.#proven);
    this.#summary.same += compared.same;
    this.#summary.digestsUnknown += compared.withoutDigest;
    this.#findings.figures?.(compared);
    this.#tellOfMonths(compared);
    await this.#nameDays(compared.days);
    await this.#readListAgain();
    this.#tellOfTheRest();
    this.#compareConversations(compared);
    return { ...this.#summary, reads: this.#service.reads };
  }

  #isInScope(day: UtcDay): boolean {
    const { from, to } = this.#scope;
    return (from === undefined || day >= from) && (to === undefined || day <= to);
  }

  async #readList(): Promise<void> {
    for await (const line of this.#list.lines()) {
      if ('problem' in line) {
        this.#summary.badLines += 1;
        this.#findings.found({ kind: 'bad_line', line: line.line, problem: line.problem });
        continue;
      }
      const { message } = line;
      const { place: first, isFirst } = this.#own.add(message, digestUnder(this.#key, message));
      if (isFirst) continue;
      this.#summary.copies += 1;
      const copy = named(line.line, message, placeOf(message));
      if (isSamePlace(first, copy)) continue;
      this.#summary.otherCopies += 1;
      this.#findings.found({ kind: 'other_copy', message: copy, first });
    }
    this.#summary.otherRoles = this.#own.notCounted;
  }

  /** Asks for the days on which something is counted at all. */
  async #readProof(): Promise<Proven> {
    const { range, trust } = this.#summary;
    if (trust.firstCountedDay === null || range.from > range.to) return { days: [], months: [] };
    // Of long ago only whole months can be proven.
    const firstOfMonth = `${monthOf(range.from)}-01`;
    const { from: since } = this.#scope;
    const from = since === undefined || since <= firstOfMonth ? firstOfMonth : range.from;
    const { days, months } = await this.#service.proof({ from, to: range.to });
    return { days, months, range: { from, to: range.to } };
  }

  #tellOfMonths({ months, notProven }: Compared): void {
    for (const { channelId, month, here, there } of months) {
      this.#tell({ kind: 'figures', code: 'month', channelId, month, here: told(here), there: told(there) });
    }
    for (const [month, messages] of notProven) {
      this.#summary.notProven += messages;
      this.#findings.found({ kind: 'not_proven', month, messages });
    }
  }

  async #nameDays(days: readonly DifferentDay[]): Promise<void> {
    const fingerprints = this.#own.fingerprintsOf(days);
    for (const day of days) {
      const name = nameOfChannelDay(day);
      const different = await nameDay(day, fingerprints.get(name) ?? new Map(), this.#service);
      fingerprints.delete(name);
      this.#summary.same += different.same;
      if (different.there.digest === undefined) this.#summary.digestsUnknown += 1;
      for (const digest of different.onlyHere) this.#onlyHere.add(digest);
      for (const fingerprint of different.onlyThere) {
        const { channelId } = day;
        const places = this.#onlyThere.get(fingerprint) ?? [];
        this.#onlyThere.set(fingerprint, [...places, { channelId, day: day.day }]);
      }
      if (different.suspects.size === 0) this.#tellOfFigures(different);
      for (const fingerprint of different.suspects.keys()) this.#suspected.set(fingerprint, different);
    }
  }

  #tellOfFigures({ code, channelId, day, here, there }: NamedDay, message?: FiguresMessage): void {
    if (code === undefined) return;
    const figures = { here: told(here), there: told(there) };
    this.#tell({ kind: 'figures', code, channelId, day, ...figures, ...(message && { message }) });
  }

  /** Goes through the list once more, for the ids of the messages that differ. */
  async #readListAgain(): Promise<void> {
    const missing: Missing[] = [];
    const isDone = () => this.#onlyHere.size + this.#onlyThere.size + this.#suspected.size === 0;
    if (isDone()) return;
    for await (const line of this.#list.lines()) {
      if ('problem' in line) continue;
      const { message: listed } = line;
      const digest = digestUnder(this.#key, listed);
      const place = this.#own.placeOf(digest);
      // A copy that says something else: its first line comes before, and is what counts.
      if (place === undefined || !isSamePlace(place, placeOf(listed))) continue;
      const message = named(line.line, listed, place);
      this.#tellOfSuspect(message, digest);
      const isMissing = this.#onlyHere.delete(digest);
      const isElsewhere = this.#tellOfElsewhere(message, digest, isMissing);
      if (isMissing && !isElsewhere) missing.push({ message, listed });
      if (missing.length === LOOKED_UP_TOGETHER) await this.#tellWhy(missing.splice(0));
      if (isDone()) break;
    }
    await this.#tellWhy(missing);
    if (this.#onlyHere.size > 0) throw new ToolError('the list was changed while it was read; try again');
  }

  #tellOfSuspect(message: Named, digest: Digest): void {
    const fingerprint = fingerprintIn(digest);
    const suspected = this.#suspected.get(fingerprint);
    const is = suspected?.suspects.get(fingerprint);
    if (suspected === undefined || is === undefined) return;
    for (const each of suspected.suspects.keys()) this.#suspected.delete(each);
    this.#tellOfFigures(suspected, { ...message, is });
  }

  /** Tells where else a message is counted. @returns whether it is somewhere else */
  #tellOfElsewhere(message: Named, digest: Digest, isMissing: boolean): boolean {
    const fingerprint = fingerprintIn(digest);
    const places = this.#onlyThere.get(fingerprint);
    if (places === undefined) return false;
    this.#onlyThere.delete(fingerprint);
    const isCounted = !isMissing && message.role === COUNTED_ROLE && this.#isCompared(message.day);
    for (const place of places) {
      const there: Place = { ...place, role: COUNTED_ROLE };
      if (isCounted) this.#tell({ kind: 'doubled', message, there });
      else this.#tell({ kind: 'differs', message, fields: differingFields(message, there), there });
    }
    return true;
  }

  /** Whether it is known of every message of a day whether it is counted. */
  #isCompared(day: UtcDay): boolean {
    return this.#isInScope(day) && this.#proven.days.some((each) => each.day === day);
  }

  async #tellWhy(missing: readonly Missing[]): Promise<void> {
    for (const batch of inBatches(missing, LOOKED_UP_TOGETHER)) {
      const found = this.#summary.hasReasons
        ? await this.#service.lookUp(batch.map(({ listed }) => listed))
        : undefined;
      if (found === undefined) this.#summary.hasReasons = false;
      for (const [index, { message, listed }] of batch.entries()) {
        this.#tell(judge(message, listed.sentAt, found?.[index], this.#summary.trust));
      }
    }
  }

  /** What no message of the list has a part in. */
  #tellOfTheRest(): void {
    for (const [fingerprint, places] of this.#onlyThere) {
      for (const place of places) this.#tell({ kind: 'only_there', fingerprint, ...place });
    }
    for (const day of new Set(this.#suspected.values())) this.#tellOfFigures(day);
  }

  /** Conversations belong to the day on which they were counted first: only all days together can be compared. */
  #compareConversations({ conversationsThere }: Compared): void {
    const { messages, same, onlyThere, differ, figures } = this.#summary;
    const isWhole = this.#scope.from === undefined && this.#scope.to === undefined;
    if (!isWhole || messages !== same || onlyThere + differ + figures > 0) return;
    const here = this.#own.conversations();
    for (const channelId of new Set([...here.keys(), ...conversationsThere.keys()])) {
      const own = { count: here.get(channelId) ?? 0 };
      const there = { count: conversationsThere.get(channelId) ?? 0 };
      if (own.count === there.count) continue;
      this.#tell({ kind: 'figures', code: 'conversations', channelId, here: own, there });
    }
  }

  #tell(finding: Difference | Note): void {
    if (finding.kind === 'only_here') this.#summary.onlyHere += 1;
    if (finding.kind === 'only_there') this.#summary.onlyThere += 1;
    if (finding.kind === 'differs' || finding.kind === 'doubled') this.#summary.differ += 1;
    if (finding.kind === 'figures') this.#summary.figures += 1;
    if (finding.kind === 'waiting') this.#summary.waiting += 1;
    this.#findings.found(finding);
  }
}

type FiguresMessage = Extract<Difference, { kind: 'figures' }>['message'];

function named(line: number, { conversationId, messageId }: ListedMessage, place: Place): Named {
  return { line, conversationId, messageId, ...place };
}

function told({ messageCount, digest }: Figures) {
  return { count: messageCount, digest: digest ?? null };
}
