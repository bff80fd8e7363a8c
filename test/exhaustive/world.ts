import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import { channelStats, INCLUDABLE_CHANNELS } from '../../functions/shared/domain/channel-stats.ts';
import type { WindowRules } from '../../functions/shared/domain/daily-counter.ts';
import { sumOfDigests } from '../../functions/shared/domain/digest.ts';
import { daysOfMonth } from '../../functions/shared/domain/interval.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { monthOf } from '../../functions/shared/domain/month.ts';
import { proofOf, provenParts } from '../../functions/shared/domain/proof.ts';
import { DAY_MS, dayOf, type EpochMillis, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { HASH_SECRET_KEY, parseHashSecret } from '../../functions/shared/store/items/hash-secret.ts';
import { ProofReader } from '../../functions/shared/store/proof-reader.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import type { SealingLimits } from '../../functions/take-daily-snapshot/peer-sealer.ts';
import { streamRecord } from '../faults/history.ts';
import { checkDigests } from '../faults/stored-digests.ts';
import {
  checkStartedConversations,
  checkTotals,
  counterName,
  countersIn,
  nameOf,
  snapshotsIn,
  tally,
} from '../faults/stored-figures.ts';
import { expectEqual } from '../faults/truth.ts';
import { clientOf } from '../support/database/in-memory/in-memory-dynamodb.ts';
import type { World } from './explorer.ts';
import {
  counterRole,
  dependenciesOf,
  PEER,
  readerRole,
  sealerRole,
  sealOnce,
  undisturbed,
  undisturbedStage,
} from './roles.ts';
import { SharedStore, USAGE_TABLE_NAME } from './shared-store.ts';

/** What is counted, sealed and read at once, and what is there before. */
export interface Scenario {
  name: string;
  now: EpochMillis;
  /** What is counted in all, also before. */
  messages: readonly Message[];
  /** For each counter the batches that are delivered to it, of messages by their places in the list. */
  counters: readonly (readonly (readonly number[])[])[];
  hasSealer: boolean;
  hasReader: boolean;
  rules: WindowRules;
  limits: SealingLimits;
  /** Whether each counter would make another secret, where there is none yet. */
  hasOwnSecrets?: boolean;
  /** What happened before, undisturbed. */
  before?: (past: Past) => Promise<void>;
}

/** What may have happened before. */
export interface Past {
  /** Some messages were counted, at a time. */
  count(messages: readonly number[], now: EpochMillis): Promise<void>;
  /** Somebody died who was to count some messages, before the first call of which this is true. */
  countUntil(
    messages: readonly number[],
    now: EpochMillis,
    isLast: (command: object) => boolean,
  ): Promise<void>;
  seal(now: EpochMillis): Promise<void>;
}

/** A new world in which a scenario can be tried. */
export async function worldOf(scenario: Scenario): Promise<World> {
  const store = new SharedStore();
  const client = clientOf(async (command) => store.dynamodb.execute(command));
  const { now, rules, limits, messages } = scenario;
  const records = messages.map((message, index) => streamRecord(message, index + 1));
  const pick = (numbers: readonly number[]) => numbers.flatMap((number) => records[number] ?? []);
  const count = async (numbers: readonly number[], at: EpochMillis) => {
    const handler = countMessages(dependenciesOf(undisturbed(client), at), rules);
    const { batchItemFailures } = await handler({ Records: pick(numbers) });
    expectEqual('records that could not be counted', batchItemFailures, []);
  };
  await scenario.before?.({
    count,
    async countUntil(numbers, at, isLast) {
      const died = Promise.withResolvers<void>();
      const dying = clientOf(async (command) => {
        if (!isLast(command)) return store.dynamodb.execute(command);
        died.resolve();
        return new Promise(() => {});
      });
      const handler = countMessages(dependenciesOf(undisturbed(dying), at), rules);
      const ended = handler({ Records: pick(numbers) }).then(() => {
        throw new Error('nobody died who was to count');
      });
      await Promise.race([died.promise, ended]);
    },
    async seal(at) {
      expectEqual('peers that could not be sealed', await sealOnce(undisturbed(client), at, limits), 0);
    },
  });
  const roles = [
    ...scenario.counters.map((batches, index) =>
      counterRole(`counter ${index + 1}`, batches.map(pick), {
        now,
        rules,
        ...(scenario.hasOwnSecrets === true && { secretByte: index + 1 }),
      }),
    ),
    ...(scenario.hasSealer ? [sealerRole('sealer', now, limits)] : []),
    ...(scenario.hasReader ? [readerRole('reader', now, store)] : []),
  ];
  const end = new End(scenario, store);
  return {
    store,
    roles,
    async check() {
      end.checkMoment();
      for (const { isPassive, play } of roles) if (isPassive) await play(undisturbedStage(client));
    },
    async checkEnd() {
      // Days that were running are over by then as well.
      const later = now + 2 * DAY_MS;
      expectEqual(
        'peers that the last run could not seal',
        await sealOnce(undisturbed(client), later, limits),
        0,
      );
      await end.check(later);
      // Whatever is delivered once more counts nothing.
      await count(
        scenario.messages.map((_, index) => index),
        now,
      );
      await end.check(later);
    },
  };
}

/** Holds what is stored to what was to be counted. */
class End {
  readonly #scenario: Scenario;
  readonly #store: SharedStore;
  readonly #expected: Map<string, number>;

  constructor(scenario: Scenario, store: SharedStore) {
    this.#scenario = scenario;
    this.#store = store;
    this.#expected = new Map(tally(scenario.messages.map(counterName)));
  }

  /** What has to hold at any moment. */
  checkMoment(): void {
    const items = this.#store.items();
    checkTotals(items, { areExpired: false });
    const counted = countersIn(items);
    for (const entry of counted) {
      if (entry.messages <= (this.#expected.get(nameOf(entry)) ?? 0)) continue;
      throw new Error(`${nameOf(entry)}: ${entry.messages} messages are counted, more than there are`);
    }
    const secret = items.find(({ pk }) => pk === HASH_SECRET_KEY.pk);
    if (secret === undefined) return;
    const fingerprints = new Fingerprints(parseHashSecret(secret));
    checkStartedConversations(items, counted, this.#scenario.messages, fingerprints);
    checkDigests(items, this.#scenario.messages, fingerprints);
  }

  /** What has to hold in the end. */
  async check(now: EpochMillis): Promise<void> {
    this.checkMoment();
    const items = this.#store.items();
    const counted = countersIn(items);
    expectEqual(
      'messages by day',
      counted.map((entry) => [nameOf(entry), entry.messages]),
      [...this.#expected],
    );
    expectEqual('snapshots', snapshotsIn(items), counted);
    const client = clientOf(async (command) => this.#store.dynamodb.execute(command));
    const reader = new UsageReader({ client, tableName: USAGE_TABLE_NAME });
    const usage = await reader.read(PEER, dayOf(now), { consistent: true });
    await this.#checkProof(client, dayOf(now));
    const { channels } = channelStats(usage, { include: new Set(INCLUDABLE_CHANNELS) });
    const sent = Map.groupBy(this.#scenario.messages, ({ channelId }) => channelId);
    expectEqual(
      'all-time figures',
      channels.map((channel) => [channel.channelId, channel.messageCount, channel.conversationCount]),
      [...sent].map(([channelId, all]) => [
        channelId,
        all.length,
        new Set(all.map(({ conversationId }) => conversationId)).size,
      ]),
    );
  }

  /** Whoever has the ids computes the digests that are answered. */
  async #checkProof(client: DynamoDBDocumentClient, today: UtcDay): Promise<void> {
    const secret = this.#store.items().find(({ pk }) => pk === HASH_SECRET_KEY.pk);
    if (secret === undefined) return;
    const fingerprints = new Fingerprints(parseHashSecret(secret));
    const { messages } = this.#scenario;
    const days = messages.map(({ sentAt }) => dayOf(sentAt)).sort();
    const from = daysOfMonth(monthOf(days[0] ?? today)).from;
    const parts = provenParts({ from, to: days.at(-1) ?? today }, today);
    const reader = new ProofReader({ client, tableName: USAGE_TABLE_NAME });
    const proof = proofOf(await reader.read(PEER, parts, () => {}), parts);
    const digestsBy = (partOf: (day: UtcDay) => string, proven: readonly string[]) =>
      [...Map.groupBy(messages, ({ sentAt, channelId }) => `${partOf(dayOf(sentAt))} ${channelId}`)].flatMap(
        ([name, some]) => {
          if (!proven.includes(name.split(' ', 1).join())) return [];
          return [[name, sumOfDigests(some.map((message) => fingerprints.digestOf(message)))]];
        },
      );
    expectEqual(
      'digests of days',
      proof.days.flatMap(({ day, channels }) =>
        channels.map(({ channelId, digest }) => [`${day} ${channelId}`, digest]),
      ),
      digestsBy(
        (day) => day,
        proof.days.map(({ day }) => day),
      ),
    );
    expectEqual(
      'digests of months',
      proof.months.flatMap(({ month, channels }) =>
        channels.map(({ channelId, digest }) => [`${month} ${channelId}`, digest]),
      ),
      digestsBy(monthOf, parts.months),
    );
  }
}
