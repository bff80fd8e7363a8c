import { ApiError, createChannelUsageClient, type Trust } from '@channel-usage/client';

const { URL_OF_HOST = '', API_KEY = '', PEER = '' } = process.env;
const client = createChannelUsageClient({ url: URL_OF_HOST, key: API_KEY });

const recorded = await client.recordMessages(PEER, [
  { messageId: 'm-1', conversationId: 'c-1', channelId: 'direct', role: 'user' },
]);
const problems: unknown[] = [];
const recorder = client.recorder({
  peerId: PEER,
  onRejected: (rejected) => problems.push(...rejected),
  onError: (error) => problems.push(error),
});
await recorder.record({ messageId: 'm-1', conversationId: 'c-1', channelId: 'direct', role: 'user' });
await recorder.close();
if (problems.length > 0) throw problems[0];

let counted = 0;
const until = Date.now() + 60_000;
while (counted === 0 && Date.now() < until) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  counted = (await client.getChannelStats(PEER, { include: ['percentage'] })).total.messageCount;
}

const report = await client.getReport(PEER, { period: 'all' });
const csv = await client.getReportCsv(PEER, { period: 'all' });
const error: unknown = await client
  .getChannelStats(PEER, { from: '2026-11-02', to: '2026-11-01' })
  .catch((reason: unknown) => reason);
if (!(error instanceof ApiError)) throw error;
const { status }: Trust = await client.getTrust(PEER);
// @ts-expect-error: it is a word, to which later versions of the service may add others.
if (status === 1) throw new Error(status);

process.stdout.write(
  JSON.stringify({
    recorded: recorded.recorded,
    counted,
    reported: report.overview.totalMessages,
    csv: csv.split(',')[0],
    error: { code: error.code, path: error.details[0]?.path },
  }),
);
