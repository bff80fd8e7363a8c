import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { manageChannels } from '../../../../functions/manage-channels/manage-channels.ts';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../../../../functions/shared/domain/message.ts';
import { ROUTES } from '../../../../functions/shared/http/routes.ts';
import { ChannelStore } from '../../../../functions/shared/store/channel-store.ts';
import { channelCountKey } from '../../../../functions/shared/store/items/channel-count.ts';
import { PeerDirectoryStore } from '../../../../functions/shared/store/peer-directory-store.ts';
import { faultyClient } from '../../../faults/faulty-client.ts';
import { QueryFaults } from '../../../faults/query-faults.ts';
import { Scheduler } from '../../../faults/scheduler.ts';
import { TornTransactions } from '../../../faults/torn-transactions.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { Random } from '../../../support/random.ts';
import { call } from '../../../support/service/http-events.ts';
import { DASHBOARD_URL, NOW } from '../../../support/service/test-service.ts';

// A channel is set while its first message is counted: every call of the two is a step, and one step is taken
// at a time, in an order that follows from the seed.

const RACES = 100;
const RACES_WITH_FAULTS = 40;

const test = fixture
  /** Races the two on a peer of its own, each repeated until it succeeds; gives the statuses of the request. */
  .extend(
    'race',
    ({ service, key }) =>
      async ({ seed, first, faultProbability }: Race, peerId: string): Promise<number[]> => {
        const random = new Random(seed);
        const scheduler = new Scheduler(random);
        const transactions = new TornTransactions({
          client: service.client,
          scheduler,
          random,
          probability: () => faultProbability,
          seen: () => {},
        });
        const dependencies = {
          ...service,
          client: faultyClient(
            service.client,
            scheduler,
            random,
            { faultProbability },
            {
              transactions,
              queries: new QueryFaults({ random, probability: () => faultProbability, seen: () => {} }),
            },
          ),
        };
        const statuses: number[] = [];
        const request = async () => {
          const handler = manageChannels(dependencies, () => DASHBOARD_URL);
          const json = { channelName: 'Desk', status: 'disabled' };
          for (;;) {
            const { status } = await call(handler, {
              route: ROUTES.setChannel,
              key,
              peerId,
              channelId: 'c',
              json,
            });
            statuses.push(Number(status));
            if (Number(status) < 500) return;
          }
        };
        const message = async () => {
          const sent: UserMessage = {
            peerId,
            channelId: 'c',
            conversationId: 'k',
            messageId: 'm',
            sentAt: service.clock(),
            channelName: 'Support',
            galleryKey: 'slack',
          };
          for (;;) {
            const counter = await repeated(() => buildCounter(dependencies));
            const [outcome] = await counter.count([sent]);
            if (outcome?.kind !== 'failed') return;
          }
        };
        const [one, other] = first === 'request' ? [request, message] : [message, request];
        await scheduler.run(
          Promise.all([one(), scheduler.step('the other one begins', () => {}).then(other)]),
        );
        return statuses;
      },
  )
  /** All that is left of a race. */
  .extend('leftOver', ({ service, key }) => async (peerId: string) => {
    const table = { client: service.client, tableName: service.settings.usageTableName };
    const count = await service.client.send(
      new GetCommand({ TableName: table.tableName, Key: channelCountKey(peerId) }),
    );
    const stats = await call(service.usageApi, {
      route: ROUTES.getChannelStats,
      key,
      peerId,
      query: 'include=activity,disabled',
    });
    return {
      channel: await new ChannelStore(table).read(peerId, 'c'),
      channelCount: count.Item?.['channelCount'],
      listed: await new PeerDirectoryStore(table).listAmong([peerId], { prefix: '', limit: 1 }),
      stats: stats.body,
    };
  });

interface Race {
  seed: number;
  first: 'request' | 'message';
  /** How likely a call is refused, or applied twice or without an answer. */
  faultProbability: number;
}

async function repeated<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch {
      // A fault of the race's own making.
    }
  }
}

function expected(peerId: string) {
  return {
    channel: {
      channelId: 'c',
      number: 1,
      status: 'disabled',
      registeredAt: Date.parse(NOW),
      registryName: 'Desk',
      messageName: 'Support',
      messageGalleryKey: 'slack',
    },
    channelCount: 1,
    listed: [{ peerId, lastActiveDay: '2026-11-22' }],
    stats: {
      channels: [
        {
          channelId: 'c',
          channelName: 'Desk',
          galleryKey: 'slack',
          conversationCount: 1,
          messageCount: 1,
          lastMessageAt: NOW,
          status: 'disabled',
        },
      ],
      total: { conversationCount: 1, messageCount: 1 },
    },
  };
}

test.for(['request', 'message'] as const)(
  'a channel that is set while its first message is counted keeps name, status and count; the %s begins first',
  async (first, { race, leftOver }) => {
    const seen: number[] = [];
    for (let seed = 0; seed < RACES; seed += 1) {
      const peerId = `peer ${first} ${seed}`;
      const statuses = await race({ seed, first, faultProbability: 0 }, peerId);
      expect(statuses).toHaveLength(1);
      seen.push(...statuses);
      expect({ seed, ...(await leftOver(peerId)) }).toEqual({ seed, ...expected(peerId) });
    }
    // Each of the two was the one to register the channel, time and again.
    expect(seen.filter((status) => status === 201).length).toBeGreaterThan(RACES / 10);
    expect(seen.filter((status) => status === 200).length).toBeGreaterThan(RACES / 10);
  },
);

test.for(['request', 'message'] as const)(
  'so it does where calls are refused, applied twice or left without an answer; the %s begins first',
  async (first, { race, leftOver }) => {
    for (let seed = 0; seed < RACES_WITH_FAULTS; seed += 1) {
      const peerId = `peer ${first} ${seed} with faults`;
      const statuses = await race({ seed, first, faultProbability: 0.2 }, peerId);
      expect([200, 201]).toContain(statuses.at(-1));
      expect({ seed, ...(await leftOver(peerId)) }).toEqual({ seed, ...expected(peerId) });
    }
  },
);
