import { lookUpMessages } from '../../../functions/look-up-messages/look-up-messages.ts';
import { manageChannels } from '../../../functions/manage-channels/manage-channels.ts';
import { recordMessages } from '../../../functions/record-messages/record-messages.ts';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import { type ApiKeyGrant, SCOPES } from '../../../functions/shared/domain/api-key.ts';
import { apiKeyRecordOf } from '../../../functions/shared/domain/api-key-text.ts';
import type { ChannelStatus } from '../../../functions/shared/domain/channel.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import type { HttpHandler } from '../../../functions/shared/http/http.ts';
import { ApiKeyStore } from '../../../functions/shared/store/api-key-store.ts';
import { ChannelRegistry } from '../../../functions/shared/store/channel-registry.ts';
import { PassedHeartbeatsStore } from '../../../functions/shared/store/passed-heartbeats-store.ts';
import { usageApi } from '../../../functions/usage-api/usage-api.ts';
import { builtDocuments } from '../../../local/host/built-files.ts';
import { type WatchedClient, watched } from '../database/watched-client.ts';
import type { TestDependencies } from './test-dependencies.ts';

/** The HTTP functions on a pair of tables of their own. */
export interface TestService extends TestDependencies {
  recordMessages: HttpHandler;
  lookUpMessages: HttpHandler;
  manageChannels: HttpHandler;
  usageApi: HttpHandler;
  /** Notes heartbeats of all keys that were sent at an instant, now where it is left out, as passed. */
  passHeartbeats(sentAt?: EpochMillis): Promise<void>;
  /** From here on heartbeats pass only where a test says so. */
  stopHeartbeats(): void;
  /** The calls of the functions. */
  watched: WatchedClient;
  /** Stores an API key, with all scopes and for all peers unless it is said otherwise, and gives its text. */
  addKey(keyId: string, grant?: Partial<ApiKeyGrant>): Promise<string>;
  /** Counts messages, as the stream function would. */
  count(messages: readonly UserMessage[]): Promise<void>;
  /** Counts so many messages of one conversation, a second apart. */
  countConversation(
    conversation: Omit<UserMessage, 'messageId' | 'sentAt'>,
    from: string,
    howMany: number,
  ): Promise<void>;
  /** Sets the status of a channel in the registry. */
  setStatus(peerId: string, channelId: string, status: ChannelStatus): Promise<void>;
}

/** The time at which the clock stands until it is set. */
export const NOW = '2026-11-22T10:00:00.000Z';

/** Where the dashboard is. */
export const DASHBOARD_URL = 'https://usage.example.com/';

/** The HTTP functions with these dependencies. */
export function testService(dependencies: TestDependencies): TestService {
  const watcher = watched(dependencies.client);
  const functions = { ...dependencies, client: watcher.client };
  const table = { client: dependencies.client, tableName: dependencies.settings.usageTableName };
  const answer = usageApi(functions, builtDocuments());
  let areHeartbeatsPassing = true;
  async function passHeartbeats(sentAt = dependencies.clock()): Promise<void> {
    const keys = Array.from({ length: dependencies.settings.heartbeats.keys }, (_, key) => key);
    await new PassedHeartbeatsStore(table).note(new Map(keys.map((key) => [key, sentAt])));
  }
  async function count(messages: readonly UserMessage[]): Promise<void> {
    const counter = await buildCounter(dependencies);
    const outcomes = await counter.count(messages);
    const failed = outcomes.filter(({ kind }) => kind === 'failed' || kind === 'quarantined');
    if (failed.length > 0) throw new Error(`${failed.length} messages were not counted`);
  }
  return {
    ...dependencies,
    recordMessages: recordMessages(functions),
    lookUpMessages: lookUpMessages(functions),
    manageChannels: manageChannels(functions, () => DASHBOARD_URL),
    // Counting is as far as it can be, unless a test stops it.
    async usageApi(...request) {
      if (areHeartbeatsPassing) await passHeartbeats();
      return answer(...request);
    },
    passHeartbeats,
    stopHeartbeats() {
      areHeartbeatsPassing = false;
    },
    watched: watcher,
    async addKey(keyId, grant = {}) {
      const key = keyText(keyId);
      const whole: ApiKeyGrant = { scopes: SCOPES, peers: 'all', ...grant };
      await new ApiKeyStore(table).replace(apiKeyRecordOf(key, whole, dependencies.clock()));
      return key;
    },
    count,
    countConversation: (conversation, from, howMany) =>
      count(
        Array.from({ length: howMany }, (_, number) => ({
          ...conversation,
          messageId: `m${number}`,
          sentAt: Date.parse(from) + number * 1000,
        })),
      ),
    async setStatus(peerId, channelId, status) {
      await new ChannelRegistry(table).change(peerId, channelId, { status }, dependencies.clock());
    },
  };
}

/** A key of a test, with a secret that is all its own. */
export function keyText(keyId: string): string {
  return `cua_${keyId}_${`secretof${keyId}`.padEnd(32, 'x')}`;
}
