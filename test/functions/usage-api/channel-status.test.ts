import { expect } from 'vitest';
import type { ChannelStatus } from '../../../functions/shared/domain/channel.ts';
import { channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import { healthAnswer } from '../../../functions/shared/domain/health.ts';
import { reportAnswer } from '../../../functions/shared/domain/report.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { growthAnswer } from '../../../functions/usage-api/get-growth.ts';
import { historyAnswer } from '../../../functions/usage-api/get-history.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call } from '../../support/service/http-events.ts';

// What statistics say of a channel while it is enabled, disabled, removed, and enabled again.

const test = fixture
  .extend('count', ({ service }) => (channelId: string, howMany: number, from: string): Promise<void> => {
    const conversation = { peerId: 'peer_1', channelId, conversationId: `${channelId} ${from}` };
    return service.countConversation(conversation, from, howMany);
  })
  .extend('setStatus', ({ service, key }) => async (status: ChannelStatus): Promise<void> => {
    const request = { route: ROUTES.setChannel, key, channelId: 'slack', json: { status } };
    expect(await call(service.manageChannels, request)).toMatchObject({ status: 200, body: { status } });
  })
  .extend(
    'bodyOf',
    ({ service, key }) =>
      async (route: { method: 'GET'; path: string }, query: string): Promise<unknown> => {
        const { status, body } = await call(service.usageApi, { route, key, query });
        expect(status).toBe(200);
        return body;
      },
  )
  /** What each answer says: the messages of the channels that it lists, in its order, and in total. */
  .extend('figures', ({ bodyOf }) => async (include: '' | 'disabled' | 'removed' | 'disabled,removed') => {
    const query = include === '' ? '' : `&include=${include}`;
    const allTime = channelStatsAnswer.parse(await bodyOf(ROUTES.getChannelStats, query));
    const ofDay = channelStatsAnswer.parse(
      await bodyOf(ROUTES.getChannelStats, `from=${DAY}&to=${DAY}${query}`),
    );
    const history = historyAnswer.parse(await bodyOf(ROUTES.getHistory, `from=${DAY}&to=${DAY}${query}`));
    const growth = growthAnswer.parse(await bodyOf(ROUTES.getGrowth, `weeks=1${query}`));
    const report = reportAnswer.parse(await bodyOf(ROUTES.getReport, `period=2026-11${query}`));
    const health = healthAnswer.parse(await bodyOf(ROUTES.getHealth, ''));
    const [bucket] = history.buckets;
    const [week] = growth.weeks;
    const messages = (channels: readonly { channelId: string; messageCount: number }[] = []) =>
      channels.map(({ channelId, messageCount }) => `${channelId} ${messageCount}`);
    return {
      allTime: [...messages(allTime.channels), allTime.total.messageCount],
      ofDay: [...messages(ofDay.channels), ofDay.total.messageCount],
      history: [...messages(bucket?.channels), bucket?.total.messageCount, bucket?.cumulative.messageCount],
      growth: [
        ...(week?.channels ?? []).map(({ channelId, messages: { current } }) => `${channelId} ${current}`),
        week?.total.messages.current,
      ],
      report: [
        ...report.channels.map(({ name, messages: count }) => `${name} ${count}`),
        report.overview.totalMessages,
        report.overview.channelCount,
      ],
      highTraffic: health.findings.flatMap((finding) =>
        finding.code === 'high_traffic'
          ? [`${finding.channelId} ${finding.evidence.messageCount} of ${finding.evidence.totalMessageCount}`]
          : [],
      ),
    };
  });

/** Two channels, of which one was used in the week that growth looks at, and one long enough for shares. */
test.beforeEach(async ({ count }) => {
  await count('direct', 1, '2026-09-01T12:00:00Z');
  await count('direct', 1, '2026-11-12T12:00:00Z');
  await count('slack', 3, `${DAY}T12:00:00Z`);
});

const DAY = '2026-11-20';

/** What is said with the channel listed, after it had some messages more. */
function withSlack(more = 0) {
  return {
    allTime: [`slack ${3 + more}`, 'direct 2', 5 + more],
    ofDay: [`slack ${3 + more}`, 'direct 0', 3 + more],
    history: [`slack ${3 + more}`, 'direct 0', 3 + more, 5 + more],
    growth: [`slack ${3 + more}`, 'direct 0', 3 + more],
    report: [`slack ${3 + more}`, 'Direct/Web 1', 4 + more, 2],
  };
}

const withoutSlack = {
  allTime: ['direct 2', 2],
  ofDay: ['direct 0', 0],
  history: ['direct 0', 0, 2],
  growth: ['direct 0', 0],
  report: ['Direct/Web 1', 1, 1],
};

/** Health judges enabled channels alone, whatever is included elsewhere. */
const healthWithSlack = (more = 0) => ({
  highTraffic: [`slack ${3 + more} of ${4 + more}`],
});
/** The only channel that is left has all messages, which is no finding. */
const healthWithoutSlack = { highTraffic: [] };

test('a channel that is disabled, removed and enabled again leaves and comes back with all its figures', async ({
  setStatus,
  figures,
}) => {
  for (const include of ['', 'disabled,removed'] as const) {
    expect(await figures(include)).toEqual({ ...withSlack(), ...healthWithSlack() });
  }

  await setStatus('disabled');
  for (const include of ['', 'removed'] as const) {
    expect(await figures(include)).toEqual({ ...withoutSlack, ...healthWithoutSlack });
  }
  for (const include of ['disabled', 'disabled,removed'] as const) {
    expect(await figures(include)).toEqual({ ...withSlack(), ...healthWithoutSlack });
  }

  await setStatus('removed');
  for (const include of ['', 'disabled'] as const) {
    expect(await figures(include)).toEqual({ ...withoutSlack, ...healthWithoutSlack });
  }
  for (const include of ['removed', 'disabled,removed'] as const) {
    expect(await figures(include)).toEqual({ ...withSlack(), ...healthWithoutSlack });
  }

  await setStatus('enabled');
  for (const include of ['', 'disabled,removed'] as const) {
    expect(await figures(include)).toEqual({ ...withSlack(), ...healthWithSlack() });
  }
});

test.for(['disabled', 'removed'] as const)(
  'messages on a %s channel count, and do not enable it again',
  async (status, { count, setStatus, figures }) => {
    await setStatus(status);
    await count('slack', 4, `${DAY}T18:00:00Z`);
    expect(await figures('')).toEqual({ ...withoutSlack, ...healthWithoutSlack });
    expect(await figures(status)).toEqual({ ...withSlack(4), ...healthWithoutSlack });
    await setStatus('enabled');
    expect(await figures('')).toEqual({ ...withSlack(4), ...healthWithSlack(4) });
  },
);

test('statistics list the status, and a channel that was registered and never used at zero', async ({
  service,
  key,
  setStatus,
  bodyOf,
}) => {
  const request = { route: ROUTES.setChannel, key, channelId: 'api', json: {} };
  await call(service.manageChannels, request);
  await setStatus('disabled');
  const { channels } = channelStatsAnswer.parse(
    await bodyOf(ROUTES.getChannelStats, 'include=activity,disabled'),
  );
  expect(channels.map(({ channelId, messageCount, status }) => [channelId, messageCount, status])).toEqual([
    ['slack', 3, 'disabled'],
    ['direct', 2, 'enabled'],
    ['api', 0, 'enabled'],
  ]);
});
