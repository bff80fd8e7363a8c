import { Fingerprints } from '../shared/counting/fingerprints.ts';
import { isOfHistory } from '../shared/counting/history-marks.ts';
import { isPurged } from '../shared/domain/channel.ts';
import {
  type DailyCounter,
  type DailyCounterKey,
  isClosed,
  mayHaveExpired,
} from '../shared/domain/daily-counter.ts';
import type { Fingerprint } from '../shared/domain/dedupe-window.ts';
import { MalformedItemError } from '../shared/domain/errors.ts';
import { startOfMark } from '../shared/domain/history-mark.ts';
import { COUNTED_ROLE } from '../shared/domain/message.ts';
import { monthOf } from '../shared/domain/month.ts';
import type { SoughtMessage } from '../shared/domain/sought-message.ts';
import { dayOf, type EpochMillis, endOf, startOf } from '../shared/domain/utc-day.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { DailyCounterStore } from '../shared/store/daily-counter-store.ts';
import type { Table } from '../shared/store/dynamodb.ts';
import { ErasedPeers, isErased } from '../shared/store/erased-peers.ts';
import { EvidenceReader } from '../shared/store/evidence-reader.ts';
import { HashSecretStore } from '../shared/store/hash-secret-store.ts';
import type { ConversationStart } from '../shared/store/items/conversation-marker.ts';
import { hasExpired, messageKey, parseMessageImage } from '../shared/store/items/message.ts';
import type { HashedMessage } from '../shared/store/items/quarantine-note.ts';
import { readImages } from '../shared/store/key-reading.ts';
import { TotalsStore } from '../shared/store/totals-store.ts';
import type { LookedUpMessage } from './looked-up-message.ts';
import { type Evidence, type Facts, type Place, verdictOf } from './verdict.ts';

const CONCURRENT_CONVERSATIONS = 16;
const CONCURRENT_COUNTERS = 8;

/** A message that is looked up, with all that is found out about it; what the same is asked for again is one. */
interface Question extends Facts {
  /** Nothing before anything was counted or quarantined at all. */
  hashed?: HashedMessage;
}

/** The markers of a conversation, by channel; nothing in place of one that is malformed. */
type Starts = ReadonlyMap<string, ConversationStart | undefined>;

const NO_STARTS: Starts = new Map();

/** A question whose message may be in the evidence of a channel and day. */
type PlacedQuestion = Question & { hashed: HashedMessage; place: Place };

/** The evidence of a channel and day, as it was read. */
interface ReadEvidence {
  key: DailyCounterKey;
  counter: DailyCounter | MalformedItemError | undefined;
  questions: PlacedQuestion[];
}

/** Tells what became of messages: by what is stored of them while they live, and by the evidence afterwards. */
export class MessageLookup {
  readonly #messages: Table;
  readonly #evidence: EvidenceReader;
  readonly #totals: TotalsStore;
  readonly #secret: HashSecretStore;
  readonly #erased: ErasedPeers;
  readonly #clock: Dependencies['clock'];
  readonly #waiting: Dependencies['waiting'];
  readonly #retentionDays: number;
  #fingerprints: Fingerprints | undefined;

  constructor({
    client,
    clock,
    settings,
    waiting,
  }: Pick<Dependencies, 'client' | 'clock' | 'settings' | 'waiting'>) {
    const usage = { client, tableName: settings.usageTableName };
    this.#messages = { client, tableName: settings.messagesTableName };
    this.#evidence = new EvidenceReader(usage, waiting);
    this.#totals = new TotalsStore(usage, new DailyCounterStore(usage));
    this.#secret = new HashSecretStore(usage);
    this.#erased = new ErasedPeers(usage);
    this.#clock = clock;
    this.#waiting = waiting;
    this.#retentionDays = settings.messageRetentionDays;
  }

  /**
   * Tells what became of messages of a peer.
   *
   * @returns one answer for each, in their order
   */
  async lookUp(peerId: string, sought: readonly SoughtMessage[]): Promise<LookedUpMessage[]> {
    const now = this.#clock();
    const asked = new Map(sought.map((each): [string, Question] => [nameOf(each), { sought: each }]));
    const questions = [...asked.values()];
    // In this order: what is counted meanwhile is seen to be.
    await this.#readStored(peerId, questions, now);
    await this.#hash(peerId, questions, now);
    for (const question of questions) placeByMessageOrHints(question);
    await this.#placeByConversations(peerId, questions);
    await this.#readEvidence(peerId, questions.filter(isPlaced), now);
    await this.#readNotes(questions);
    const answers = new Map(
      [...asked].map(([name, question]) => [name, verdictOf(question, now, this.#retentionDays)]),
    );
    return sought.flatMap((each) => answers.get(nameOf(each)) ?? []);
  }

  /** Reads what is stored. An item that has expired is gone, also where DynamoDB has not come to delete it. */
  async #readStored(peerId: string, questions: readonly Question[], now: EpochMillis): Promise<void> {
    const keys = questions.map(({ sought }) => messageKey({ peerId, ...sought }));
    const images = await readImages(this.#messages, keys, this.#waiting);
    for (const [index, question] of questions.entries()) {
      const image = images[index];
      if (image !== undefined && !hasExpired(image, now)) question.stored = parseMessageImage(image);
    }
  }

  async #hash(peerId: string, questions: readonly Question[], now: EpochMillis): Promise<void> {
    this.#fingerprints ??= await this.#readFingerprints();
    const fingerprints = this.#fingerprints;
    if (fingerprints === undefined) return;
    for (const question of questions) {
      const { conversationId, messageId } = question.sought;
      const { stored } = question;
      if (stored?.kind === 'message' && stored.mark !== undefined && isOfHistory(stored, now, fingerprints))
        question.importedAt = startOfMark(stored.mark);
      question.hashed = {
        peerId,
        conversationHash: fingerprints.ofConversation(peerId, conversationId),
        fingerprint: fingerprints.ofMessage({ peerId, conversationId, messageId }),
      };
    }
  }

  async #readFingerprints(): Promise<Fingerprints | undefined> {
    const secret = await this.#secret.read();
    return secret === undefined ? undefined : new Fingerprints(secret);
  }

  /**
   * Finds, by the markers of their conversations, where messages were counted that are not stored, and of which the
   * hints do not say where: those that started their conversations, and those of a conversation on one channel whose
   * day is known.
   */
  async #placeByConversations(peerId: string, questions: readonly Question[]): Promise<void> {
    const unplaced = questions.filter(({ stored, place }) => stored === undefined && place === undefined);
    const byConversation = Map.groupBy(unplaced, ({ hashed }) => hashed?.conversationHash);
    await mapConcurrently([...byConversation], CONCURRENT_CONVERSATIONS, async ([hash, ofConversation]) => {
      const starts = hash === undefined ? NO_STARTS : await this.#evidence.startsOf(peerId, hash);
      for (const question of ofConversation) placeByMarkers(question, starts);
    });
  }

  /** Reads the evidence of each channel and day once, for all messages that may be in it. */
  async #readEvidence(peerId: string, questions: readonly PlacedQuestion[], now: EpochMillis): Promise<void> {
    const places = [
      ...Map.groupBy(questions, ({ place }) => `${place.day}\n${place.channelId}`).values(),
    ].flatMap((ofPlace) => {
      const [first] = ofPlace;
      if (first === undefined) return [];
      const { channelId, day } = first.place;
      return [{ key: { peerId, channelId, day }, questions: ofPlace }];
    });
    const counters = await this.#evidence.counters(places.map(({ key }) => key));
    const read = places.map((place, index): ReadEvidence => ({ ...place, counter: counters[index] }));
    await mapConcurrently(read, CONCURRENT_COUNTERS, (evidence) => this.#judge(evidence, now));
    await this.#readChannels(peerId, read, now);
    await this.#readStarts(peerId, read);
  }

  /** Looks for messages in a counter and in its archived windows. */
  async #judge({ counter, questions }: ReadEvidence, now: EpochMillis): Promise<void> {
    const judged = (evidence: Evidence, of: readonly Question[] = questions) => {
      for (const question of of) question.evidence = evidence;
    };
    if (counter === undefined) return judged('not_counted');
    if (counter instanceof MalformedItemError) return judged('malformed');
    const inWindow = new Set(counter.window?.fingerprints);
    const left = questions.filter(({ hashed }) => !inWindow.has(hashed.fingerprint));
    const archived = await this.#archivedAmong(counter, left);
    judged('counted');
    // Where the counter may go, its archived windows may have gone before it.
    const otherwise =
      now >= counter.keepUntil ? 'expired' : isClosed(counter, now) ? 'closed' : 'not_counted';
    if (archived instanceof MalformedItemError) return judged('malformed', left);
    judged(
      otherwise,
      left.filter(({ hashed }) => !archived.has(hashed.fingerprint)),
    );
  }

  async #archivedAmong(
    counter: DailyCounter,
    questions: readonly PlacedQuestion[],
  ): Promise<Set<Fingerprint> | MalformedItemError> {
    const wanted = questions.map(({ hashed, place }) => ({
      fingerprint: hashed.fingerprint,
      from: place.from,
      through: place.through,
    }));
    try {
      return await this.#evidence.archivedAmong(counter, wanted);
    } catch (error) {
      if (error instanceof MalformedItemError) return error;
      throw error;
    }
  }

  /** Reads the channels: those of messages whose counter may have gone, as snapshots tell that it was there, too. */
  async #readChannels(peerId: string, read: readonly ReadEvidence[], now: EpochMillis): Promise<void> {
    const mayBeGone = ({ key, counter }: ReadEvidence) =>
      counter === undefined && mayHaveExpired(key.day, now);
    const channels = await this.#evidence.channels(
      peerId,
      read.map(({ key }) => key.channelId),
    );
    const gone: { evidence: ReadEvidence; channelNumber: number }[] = [];
    for (const [index, evidence] of read.entries()) {
      const channel = channels[index];
      if (channel === undefined) {
        await this.#lookForErasure(peerId, evidence.questions);
        continue;
      }
      for (const question of evidence.questions) {
        question.channelStatus = channel.status;
        const erasedAt = isPurged(channel) ? undefined : channel.erasedAt;
        if (erasedAt !== undefined && (sentAtOf(question) ?? erasedAt + 1) <= erasedAt)
          question.isErased = true;
      }
      if (mayBeGone(evidence)) gone.push({ evidence, channelNumber: channel.number });
    }
    const byMonth = Map.groupBy(gone, ({ evidence }) => monthOf(evidence.key.day));
    await mapConcurrently([...byMonth], CONCURRENT_COUNTERS, async ([month, ofMonth]) => {
      const { days } = await this.#totals.readMonth(peerId, month);
      const inSnapshots = ofMonth
        .filter(({ evidence, channelNumber }) => days.get(evidence.key.day)?.channels.has(channelNumber))
        .map(({ evidence }) => evidence);
      await this.#judgeGone(inSnapshots, now);
    });
  }

  /** Of counters that snapshots have, those have gone that are still not there: others came after they were looked for. */
  async #judgeGone(missing: readonly ReadEvidence[], now: EpochMillis): Promise<void> {
    const again = await this.#evidence.counters(missing.map(({ key }) => key));
    for (const [index, evidence] of missing.entries()) {
      evidence.counter = again[index];
      if (evidence.counter !== undefined) await this.#judge(evidence, now);
      else for (const question of evidence.questions) question.evidence = 'expired';
    }
  }

  /** Finds whether stored messages of a channel that is not there were sent before their peer was erased. */
  async #lookForErasure(peerId: string, questions: readonly Question[]): Promise<void> {
    const stored = questions.filter((question) => sentAtOf(question) !== undefined);
    if (stored.length === 0) return;
    const { erased } = await this.#erased.read(peerId);
    for (const question of stored) {
      if (isErased(erased, sentAtOf(question) ?? 0)) question.isErased = true;
    }
  }

  /** Finds which counted messages start their conversations: markers tell, where the counter's counts do not. */
  async #readStarts(peerId: string, read: readonly ReadEvidence[]): Promise<void> {
    const asked: PlacedQuestion[] = [];
    for (const { counter, questions } of read) {
      if (counter === undefined || counter instanceof MalformedItemError) continue;
      const counted = questions.filter(({ evidence }) => evidence === 'counted');
      const { messageCount, conversationCount } = counter;
      for (const question of counted) {
        if (conversationCount === 0) question.starts = false;
        // Of one that is not stored the marker also tells when it was sent.
        else if (conversationCount === messageCount && question.stored !== undefined) question.starts = true;
        else asked.push(question);
      }
    }
    const starts = await this.#evidence.starts(
      peerId,
      asked.map(({ hashed, place }) => ({
        conversationHash: hashed.conversationHash,
        channelId: place.channelId,
      })),
    );
    for (const [index, question] of asked.entries()) {
      const start = starts[index];
      if (start === undefined) continue;
      // After the counter, a marker is final: nobody takes a conversation over from a message that is counted.
      question.starts = start.startedBy === question.hashed.fingerprint && start.day === question.place.day;
      if (question.starts) question.place.sentAt = start.sentAt;
    }
  }

  async #readNotes(questions: readonly Question[]): Promise<void> {
    const asked = questions.filter(
      ({ evidence, stored }) => evidence !== 'counted' && !isOfOtherRole(stored),
    );
    const hashed = asked.flatMap((question) => question.hashed ?? []);
    if (hashed.length < asked.length) return;
    const notes = await this.#evidence.notes(hashed);
    for (const [index, question] of asked.entries()) {
      const note = notes[index];
      if (note !== undefined) question.note = note;
    }
  }
}

/** Where a message counts by what is stored of it, or may have been counted as the hints say. */
function placeByMessageOrHints(question: Question): void {
  const { stored, sought } = question;
  if (stored?.kind === 'unusable' || isOfOtherRole(stored)) return;
  if (stored !== undefined) {
    const { channelId, sentAt } = stored.message;
    question.place = { channelId, day: dayOf(sentAt), from: sentAt, through: sentAt };
    return;
  }
  if (sought.channelId !== undefined) placeByHints(question, sought.channelId);
}

/** Where a message of a channel may have been counted by what the hints say of when it was sent, if they do. */
function placeByHints(question: Question, channelId: string): void {
  const { sentAt, day } = question.sought;
  const onDay = day ?? (sentAt === undefined ? undefined : dayOf(sentAt));
  if (onDay === undefined) return;
  const from = sentAt ?? startOf(onDay);
  question.place = { channelId, day: dayOf(from), from, through: endOf(dayOf(from)) };
}

/** @param starts the markers of its conversation */
function placeByMarkers(question: Question, starts: Starts): void {
  const { sought, hashed } = question;
  const channelIds = [...starts.keys()].filter(
    (id) => sought.channelId === undefined || sought.channelId === id,
  );
  for (const channelId of channelIds) {
    const start = starts.get(channelId);
    if (start === undefined || start.startedBy !== hashed?.fingerprint) continue;
    question.place = { channelId, day: start.day, from: start.sentAt, through: start.sentAt };
    return;
  }
  // A message is counted on no channel on which its conversation has no marker.
  const [channelId] = channelIds;
  if (channelId !== undefined && channelIds.length === 1) placeByHints(question, channelId);
}

/** When a message was sent that is stored. */
function sentAtOf({ stored }: Question): EpochMillis | undefined {
  return stored?.kind === 'message' ? stored.message.sentAt : undefined;
}

function isOfOtherRole(stored: Facts['stored']): boolean {
  return stored?.kind === 'message' && stored.message.role !== COUNTED_ROLE;
}

function isPlaced(question: Question): question is PlacedQuestion {
  return question.hashed !== undefined && question.place !== undefined;
}

function nameOf({ conversationId, messageId, channelId, sentAt, day }: SoughtMessage): string {
  return JSON.stringify([conversationId, messageId, channelId, sentAt, day]);
}
