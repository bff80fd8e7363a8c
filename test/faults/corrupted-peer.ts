import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { buildCounter } from '../../functions/shared/counting/build-counter.ts';
import { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import type { Difference, DifferenceCode } from '../../functions/shared/domain/audit/difference.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { monthOf } from '../../functions/shared/domain/month.ts';
import { DAY_MS, type EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { HashSecretStore } from '../../functions/shared/store/hash-secret-store.ts';
import { parseChannel } from '../../functions/shared/store/items/channel.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { USAGE_TABLE } from '../../functions/shared/store/usage-table.ts';
import { lastSealableDay } from '../../functions/take-daily-snapshot/schedule.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { clientOf, InMemoryDynamoDB } from '../support/database/in-memory/in-memory-dynamodb.ts';
import { Random } from '../support/random.ts';
import { watchedLog } from '../support/service/test-dependencies.ts';
import { type AuditedTable, auditedPeer, mendedPeer } from '../support/usage/audited-peer.ts';
import {
  CORRUPTIONS,
  type Corruption,
  type CorruptionName,
  type Place,
  type StoredPeer,
} from './corruptions.ts';
import { type Answers, answersFrom, answersOf, type Unlike, unlike, valueText } from './list-of-ids.ts';
import { expectEqual } from './truth.ts';

const PEER = 'p#1';
const TABLE_NAME = 'usage';
const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const RETENTION = { messageRetentionDays: 400, counterRetentionDays: 460 };
/** Messages this old come no more, and their counters have gone. */
const LONG_AGO_DAYS = 480;
const CHANNELS = ['direct', 'c#1', 'slack'];

/** So many are tried at a peer before another one is made. */
export const CORRUPTIONS_OF_A_PEER = 40;
/** After so many, one is repaired too. */
const REPAIRED_EVERY = 8;

/** How a corruption was found. */
export type FoundBy = 'audit' | 'list of ids';

/** What became of some corruptions of one peer. */
export type CorruptionOutcome = Map<`${CorruptionName}: ${FoundBy}`, number>;

/**
 * Counts and seals messages of a peer, and corrupts one thing that is stored of it after the other, each of them alone:
 * every one has to be found by an audit, or by whoever compares answers with a list of ids, and named. Some are repaired:
 * then nothing is left but what is told, and no digest is wrong.
 *
 * @param corruptions how many
 * @throws Error that says what was not found
 */
export async function corruptPeer(seed: number, corruptions: number): Promise<CorruptionOutcome> {
  const world = new CorruptedPeer(seed);
  await world.live();
  for (let number = 1; number <= corruptions; number += 1) {
    await world.corrupt(number % REPAIRED_EVERY === 0);
  }
  return world.found;
}

class CorruptedPeer {
  readonly #dynamodb = new InMemoryDynamoDB();
  readonly #client: DynamoDBDocumentClient = clientOf(async (command) => this.#dynamodb.execute(command));
  readonly #random: Random;
  readonly #seed: number;
  readonly #messages: UserMessage[] = [];
  #now: EpochMillis = NOW;
  #expected: Answers | undefined;
  #fingerprints: Fingerprints | undefined;
  #channels: ReadonlyMap<number, string> = new Map();
  readonly #names: readonly CorruptionName[];
  #chosenSoFar = 0;
  #made = 0;
  readonly found: CorruptionOutcome = new Map();

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#names = this.#random.shuffled(names());
    this.#dynamodb.createTable(TABLE_NAME, USAGE_TABLE);
  }

  /** Days whose counters have expired, days that are sealed, and days that are not. */
  async live(): Promise<void> {
    this.#now = NOW - LONG_AGO_DAYS * DAY_MS;
    await this.#count(10, 4);
    this.#now += 3 * DAY_MS;
    await this.#seal();
    this.#now = NOW;
    for (const { pk, sk, expiresAt } of this.#items()) {
      if (expiresAt !== undefined && Number(expiresAt) * 1000 <= NOW) await this.#remove({ pk, sk });
    }
    await this.#count(30, 45);
    // A run whose time is over leaves days of which the totals do not say yet that they are complete.
    if (this.#random.chance(0.7)) await this.#seal(this.#random.integer(2, 12));
    else await this.#seal();
    await this.#count(12, 2);
    const items = this.#items();
    const channels = items.filter(({ sk }) => String(sk).startsWith('USAGE#CHANNEL#')).map(parseChannel);
    this.#channels = new Map(channels.map(({ channelId, number }) => [number, channelId]));
    const table = { client: this.#client, tableName: TABLE_NAME };
    const secret = await new HashSecretStore(table).read();
    if (secret === undefined) throw new Error('there is no secret');
    this.#fingerprints = new Fingerprints(secret);
    const stored = answersOf(items, this.#channels);
    this.#expected = answersFrom(this.#messages, this.#fingerprints, stored);
    expectEqual('what differs before anything is corrupted', (await this.#audit()).differences, []);
    expectEqual('what is unlike the list before', unlike(stored, this.#expected), []);
  }

  /** Corrupts one thing, looks for it, and puts it back. */
  async corrupt(isRepaired: boolean): Promise<void> {
    const { name, corruption } = this.#chosen();
    const moment = this.#dynamodb.mark();
    for (const { pk, sk } of corruption.deletes) await this.#remove({ pk, sk });
    for (const item of corruption.puts) {
      await this.#client.send(new PutCommand({ TableName: TABLE_NAME, Item: item }));
    }
    try {
      await this.#look(name, corruption);
      if (isRepaired) await this.#repair();
    } catch (error) {
      const places = JSON.stringify(corruption.places);
      throw new Error(`seed ${this.#seed}: ${name} at ${places}: ${error}`, { cause: error });
    }
    this.#dynamodb.rollBack(moment);
  }

  #chosen(): { name: CorruptionName; corruption: Corruption } {
    const items = this.#items();
    const peer: StoredPeer = { peerId: PEER, items, channels: this.#channels };
    const before = new Map(items.map((item) => [`${item['pk']} ${item['sk']}`, textOf(item)]));
    for (;;) {
      // In turn: what is not there in this peer is passed over.
      const name = this.#names[this.#chosenSoFar % this.#names.length] ?? this.#random.pick(this.#names);
      this.#chosenSoFar += 1;
      const corruption = CORRUPTIONS[name](peer, this.#random);
      if (corruption === undefined) continue;
      const isSame = corruption.puts.every(
        (item) => before.get(`${item['pk']} ${item['sk']}`) === textOf(item),
      );
      if (corruption.deletes.length > 0 || !isSame) return { name, corruption };
    }
  }

  async #look(name: CorruptionName, { places }: Corruption): Promise<void> {
    const { differences } = await this.#audit();
    const expected = this.#expected;
    if (expected === undefined) throw new Error('nothing was counted');
    const isNamed = (one: Place) => places.some((place) => isNaming(one, place));
    if (differences.some((one) => isNamed(this.#placeOf(one)))) {
      this.#see(name, 'audit');
      return;
    }
    const others = unlike(answersOf(this.#items(), this.#channels), expected);
    if (!others.some((one) => isNamed(placeOfUnlike(one)))) {
      throw new Error(`not found; told was ${JSON.stringify([differences, others])}`);
    }
    this.#see(name, 'list of ids');
  }

  async #repair(): Promise<void> {
    const found = await this.#audit();
    if (found.differences.length === 0 || this.#fingerprints === undefined) return;
    const mending = await mendedPeer(this.#audited(), found, 'keep');
    const again = await this.#audit();
    const left = new Set(mending.left.map(({ difference }) => difference.code));
    const isAllTold = [...left].every((code) => MAY_BE_LEFT.has(code));
    if (!isAllTold) throw new Error(`left: ${JSON.stringify(mending.left)}`);
    // Which conversation has lost its marker nobody can tell.
    const further = again.differences.filter(
      ({ code }) => !left.has(code) && code !== 'conversations_unmarked',
    );
    expectEqual('what is found after the repair', further, []);
    this.#checkDigests(answersOf(this.#items(), this.#channels), left.has('totals_digest_differs'));
  }

  /** What holds as much as before has the digest that it had, or none. */
  #checkDigests({ days, proofs, months, totals, fingerprints }: Answers, areUnsure: boolean): void {
    const expected = this.#expected;
    if (expected === undefined) return;
    const isSame = (name: string) =>
      [...new Set([...days.keys(), ...expected.days.keys()])]
        .filter((day) => day.startsWith(name))
        .every((day) => sameAt(days, expected.days, day) && sameAt(fingerprints, expected.fingerprints, day));
    const check = (found: ReadonlyMap<string, string | undefined>, wanted: typeof found) => {
      for (const [name, digest] of found) {
        if (digest !== undefined && isSame(name)) expectEqual(`digest of ${name}`, digest, wanted.get(name));
      }
    };
    const digestsOf = (all: Answers['totals']) =>
      new Map([...all].map(([name, { digest }]) => [name, digest]));
    check(proofs, expected.proofs);
    if (areUnsure) return;
    check(months, expected.months);
    check(digestsOf(totals), digestsOf(expected.totals));
  }

  #placeOf({ channelId, channelNumber, day, month, code }: Difference): Place {
    const named = channelId ?? this.#channels.get(channelNumber ?? 0);
    // Of totals the first day that there is of the channel is told.
    const isOfTotals = code === 'totals_differ' || code === 'totals_digest_differs';
    return {
      ...(named !== undefined && { channelId: named }),
      ...(day !== undefined && !isOfTotals && month === undefined && { day }),
      ...(month !== undefined && { month }),
    };
  }

  #see(name: CorruptionName, by: FoundBy): void {
    const key = `${name}: ${by}` as const;
    this.found.set(key, (this.found.get(key) ?? 0) + 1);
  }

  async #count(amount: number, days: number): Promise<void> {
    const rules = {
      windowCapacity: this.#random.integer(1, 4),
      fingerprintsPerWindow: this.#random.integer(1, 5),
      windowsTogether: this.#random.integer(1, 3),
    };
    const counter = await buildCounter({ ...this.#context(), client: this.#client }, rules);
    for (let made = 0; made < amount; ) {
      const batch = Array.from({ length: this.#random.integer(1, 6) }, (): UserMessage => {
        made += 1;
        const sentAt = this.#now - this.#random.integer(0, days * DAY_MS);
        const conversationId = this.#random.pick(['a', 'b', 'c', 'd', `${made}`]);
        const message = { peerId: PEER, channelId: this.#random.pick(CHANNELS), conversationId, sentAt };
        this.#made += 1;
        return { ...message, messageId: `m-${this.#made}` };
      });
      for (const message of batch) {
        // One at a time, so that it is known which message a conversation starts with.
        await counter.count([message]);
        this.#messages.push(message);
      }
    }
  }

  /** @param looks after so many looks at the clock the time of the run is over */
  async #seal(looks = Number.POSITIVE_INFINITY): Promise<void> {
    let looked = 0;
    const outOfTime = () => {
      looked += 1;
      return looked > looks;
    };
    const job = takeDailySnapshot({
      ...this.#context(),
      client: this.#client,
      log: watchedLog(),
      publishMetrics() {},
    });
    await job({ through: lastSealableDay(this.#now) }, outOfTime);
  }

  #context() {
    return {
      settings: { usageTableName: TABLE_NAME, ...RETENTION },
      client: this.#client,
      clock: () => this.#now,
      waiting: {
        pause: async () => {},
        deadline: () => new Promise<never>(() => {}),
        random: () => 0.5,
      },
      randomBytes: (length: number) => new Uint8Array(length).fill(7),
    };
  }

  #audit() {
    return auditedPeer(this.#audited(), PEER);
  }

  #audited(): AuditedTable {
    const { clock, waiting } = this.#context();
    return { table: { client: this.#client, tableName: TABLE_NAME }, clock, waiting, retention: RETENTION };
  }

  #items(): Item[] {
    return this.#dynamodb.items(TABLE_NAME);
  }

  async #remove(key: Item): Promise<void> {
    await this.#client.send(new DeleteCommand({ TableName: TABLE_NAME, Key: key }));
  }
}

function names(): CorruptionName[] {
  return Object.keys(CORRUPTIONS).filter((name): name is CorruptionName => name in CORRUPTIONS);
}

function placeOfUnlike({ channelId, day, month }: Unlike): Place {
  return { channelId, ...(day !== undefined && { day }), ...(month !== undefined && { month }) };
}

/** What a repair may leave, and then tells. */
const MAY_BE_LEFT: ReadonlySet<DifferenceCode> = new Set<DifferenceCode>([
  'conversations_unmarked',
  'channel_lost',
  'evidence_doubled',
  'totals_digest_differs',
]);

function sameAt<Value>(found: ReadonlyMap<string, Value>, expected: typeof found, name: string): boolean {
  return valueText(found.get(name)) === valueText(expected.get(name));
}

/** Whether what is told names a place: its channel, unless all of them are meant, and its day or month. */
function isNaming(told: Place, { channelId, day, month }: Place): boolean {
  const ofMonth = month ?? (day === undefined ? undefined : monthOf(day));
  const toldMonth = told.month ?? (told.day === undefined ? undefined : monthOf(told.day));
  const isChannel = told.channelId === undefined || channelId === undefined || told.channelId === channelId;
  const isTime =
    told.day !== undefined && day !== undefined
      ? told.day === day
      : toldMonth === undefined || ofMonth === undefined || toldMonth === ofMonth;
  const isAny = told.channelId !== undefined || toldMonth !== undefined;
  return isAny && isChannel && isTime;
}

function textOf(item: Item): string {
  const inOrder = Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(inOrder, (_, value) => (value instanceof Uint8Array ? [...value] : value));
}
