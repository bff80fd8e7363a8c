import type { Fingerprint } from '../../../../functions/shared/domain/dedupe-window.ts';
import { type Digest, DigestSum, fingerprintIn } from '../../../../functions/shared/domain/digest.ts';
import { COUNTED_ROLE, type Role } from '../../../../functions/shared/domain/message.ts';
import { dayOf, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { ToolError } from '../../../../tools/support/tool-error.ts';
import { DigestIndex } from './digest-index.ts';
import type { ListedMessage } from './listed-messages.ts';

/** A channel on a day. */
export interface ChannelDay {
  channelId: string;
  day: UtcDay;
}

/** Where a message belongs by what its line says. */
export interface Place extends ChannelDay {
  role: Role;
}

/** What the messages of a list add up to on a channel and day. */
export interface OwnFigures {
  channelId: string;
  day: UtcDay;
  messageCount: number;
  digest: Digest;
}

interface Added {
  place: Place;
  messageCount: number;
  sum: DigestSum;
}

/** As many as an array of their digests may hold. */
const MOST_MESSAGES = 100_000_000;

/** The name of a channel on a day, for maps. */
export function nameOfChannelDay({ channelId, day }: ChannelDay): string {
  return `${day}\n${channelId}`;
}

/** The place that the line of a message says. */
export function placeOf({ channelId, role, sentAt }: ListedMessage): Place {
  return { channelId, day: dayOf(sentAt), role };
}

/** Whether two places are the same one. */
export function isSamePlace(one: Place, other: Place): boolean {
  return one.channelId === other.channelId && one.day === other.day && one.role === other.role;
}

/**
 * What somebody's own list adds up to. Of a message it keeps its digest and a number, 27 to 53 bytes, and of a
 * conversation its id.
 */
export class OwnList {
  readonly #places: Added[] = [];
  readonly #numbers = new Map<string, number>();
  /** The number of the place of each message, as its first line says. */
  readonly #firsts = new DigestIndex();
  readonly #conversations = new Map<string, Set<string>>();

  /**
   * Adds a message, unless it is there already: the first version counts, as where messages are recorded.
   *
   * @returns the place of the line that counts
   * @throws ToolError where there are too many
   */
  add(message: ListedMessage, digest: Digest): { place: Place; isFirst: boolean } {
    const known = this.#placeNumbered(this.#firsts.get(digest));
    if (known !== undefined) return { place: known.place, isFirst: false };
    if (this.#firsts.size >= MOST_MESSAGES) {
      throw new ToolError(`a list of more than ${MOST_MESSAGES} messages cannot be compared at once`);
    }
    const { number, added } = this.#placed(placeOf(message));
    this.#firsts.add(digest, number);
    added.messageCount += 1;
    added.sum.add(digest);
    if (message.role === COUNTED_ROLE) this.#addConversation(message);
    return { place: added.place, isFirst: true };
  }

  /** Where a message is, as its first line says; nothing where it is not in the list. */
  placeOf(digest: Digest): Place | undefined {
    return this.#placeNumbered(this.#firsts.get(digest))?.place;
  }

  /** What is to be counted on each channel and day. */
  figures(): OwnFigures[] {
    return this.#places
      .filter(({ place }) => place.role === COUNTED_ROLE)
      .map(({ place: { channelId, day }, messageCount, sum }) => {
        return { channelId, day, messageCount, digest: sum.digest };
      });
  }

  /** How many messages are of a role that does not count. */
  get notCounted(): number {
    return this.#places
      .filter(({ place }) => place.role !== COUNTED_ROLE)
      .reduce((all, { messageCount }) => all + messageCount, 0);
  }

  /** How many conversations have a message that is to be counted, by channel. */
  conversations(): ReadonlyMap<string, number> {
    return new Map([...this.#conversations].map(([channelId, ids]) => [channelId, ids.size]));
  }

  /** The messages to be counted on some channels and days, by their fingerprints. It looks at all messages once. */
  fingerprintsOf(channelDays: readonly ChannelDay[]): Map<string, Map<Fingerprint, Digest>> {
    const wanted = new Map(
      channelDays.map((each) => [nameOfChannelDay(each), new Map<Fingerprint, Digest>()]),
    );
    const byNumber = this.#places.map(({ place }) =>
      place.role === COUNTED_ROLE ? wanted.get(nameOfChannelDay(place)) : undefined,
    );
    const isWanted = (number: number) => byNumber[number] !== undefined;
    for (const [digest, number] of this.#firsts.entriesOf(isWanted)) {
      byNumber[number]?.set(fingerprintIn(digest), digest);
    }
    return wanted;
  }

  #placeNumbered(number: number | undefined): Added | undefined {
    return number === undefined ? undefined : this.#places[number];
  }

  #placed(place: Place): { number: number; added: Added } {
    const name = `${place.role}\n${nameOfChannelDay(place)}`;
    const number = this.#numbers.get(name) ?? this.#places.length;
    const added = this.#places[number] ?? { place, messageCount: 0, sum: new DigestSum() };
    this.#numbers.set(name, number);
    this.#places[number] = added;
    return { number, added };
  }

  #addConversation({ channelId, conversationId }: ListedMessage): void {
    const known = this.#conversations.get(channelId);
    if (known === undefined) this.#conversations.set(channelId, new Set([conversationId]));
    else known.add(conversationId);
  }
}
