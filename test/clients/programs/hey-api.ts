import { getChannelStats, getReport, getReportCsv, recordMessages } from './generated';
import { client } from './generated/client.gen';

const { URL_OF_HOST = '', API_KEY = '', PEER = '' } = process.env;
client.setConfig({ baseUrl: URL_OF_HOST, auth: () => API_KEY });
const path = { peerId: PEER };

const recorded = await recordMessages({
  path,
  body: {
    messages: [{ messageId: 'm-1', conversationId: 'c-1', channelId: 'direct', role: 'user' }],
  },
});
if (recorded.data === undefined) throw new Error(JSON.stringify(recorded.error));

let counted = 0;
const until = Date.now() + 60_000;
while (counted === 0 && Date.now() < until) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { data } = await getChannelStats({ path, query: { include: ['percentage'] } });
  counted = data?.total.messageCount ?? 0;
}

const query = { period: 'all' };
const report = await getReport({ path, query });
const csv = await getReportCsv({ path, query });
const wrong = await getChannelStats({ path, query: { from: '2026-11-02', to: '2026-11-01' } });
if (wrong.response?.status !== 400) throw new Error(`answered ${wrong.response?.status}`);

// An error of any status: of the service, or of the gateway, which has no more than a message.
const error = wrong.error !== undefined && 'error' in wrong.error ? wrong.error.error : undefined;
process.stdout.write(
  JSON.stringify({
    recorded: recorded.data.recorded,
    counted,
    reported: report.data?.overview.totalMessages,
    csv: csv.data?.split(',')[0],
    error: { code: error?.code, path: error?.details?.[0]?.path },
  }),
);
