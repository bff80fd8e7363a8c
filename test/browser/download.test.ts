import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { statsWith } from '../support/host/local-host.ts';
import { askStats } from './support/api.ts';
import { openDashboard } from './support/dashboard-page.ts';
import { newPeer, record } from './support/hosts.ts';
import { SAMPLE_PEERS } from './support/sample-host.ts';
import { newVisitor } from './support/visitors.ts';

// The CSV file that the page lets its reader save.

const host = inject('host');
const BYTE_ORDER_MARK = '\uFEFF';
const COLUMNS =
  'Channel,Channel id,Kind,Messages,Share %,Conversations,Messages per conversation,From,To,Time zone,Complete';
const COMPARISON_COLUMNS =
  'Messages before,Messages change,Messages change %,Conversations before,Conversations change,Conversations change %,' +
  'Before from,Before to';

it.each(SAMPLE_PEERS)('holds the figures of %s that the API gives', async (peerId) => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}`);
  const { fileName, text } = await downloadCsv(page);
  expect(fileName).toBe(`channel-usage-${peerId}-all-time.csv`);
  const { channels } = await askStats(host, peerId);
  const today = dayOf(Date.now());
  const rows = channels.map((channel) => {
    const { channelName, channelId, galleryKey, messageCount, percentage, conversationCount } = channel;
    const ratio = conversationCount === 0 ? '' : (messageCount / conversationCount).toFixed(1);
    const figures = [messageCount, percentage, conversationCount, ratio === '' ? '' : Number(ratio)];
    const days = ['', today, 'UTC', false];
    return [channelName, channelId, galleryKey ?? channelId, ...figures, ...days].join(',');
  });
  expect(text).toBe(`${BYTE_ORDER_MARK}${[COLUMNS, ...rows].join('\r\n')}\r\n`);
});

it('is of the range that is shown, whatever channels are called', async () => {
  const peerId = newPeer();
  const today = dayOf(Date.now());
  // One after the other: the first message is the one that starts the conversation.
  await record(host, peerId, [{ channelId: 'a', sentAt: `${addDays(today, -100)}T00:00:00Z` }]);
  await statsWith(host, peerId, 1);
  await record(host, peerId, [
    { channelId: 'a', channelName: '=1+1' },
    { channelId: 'b', channelName: 'Say "hi", please' },
  ]);
  await statsWith(host, peerId, 3);
  const [from, to] = [addDays(today, -30), addDays(today, 1)];
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    `?peer=${peerId}&from=${from}&to=${to}`,
  );
  const { fileName, text } = await downloadCsv(page);
  expect(fileName).toBe(`channel-usage-${peerId}-${from}_${to}.csv`);
  const days = `${from},${to},UTC,false`;
  const before = `${addDays(today, -62)},${addDays(today, -31)}`;
  expect(text.split('\r\n')).toEqual([
    `${BYTE_ORDER_MARK}${COLUMNS},${COMPARISON_COLUMNS}`,
    `"Say ""hi"", please",b,custom,1,50,1,1,${days},0,1,,0,1,,${before}`,
    `'=1+1,a,custom,1,50,0,,${days},0,1,,0,0,0,${before}`,
    '',
  ]);
});

async function downloadCsv(page: Page): Promise<{ fileName: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download CSV' }).click(),
  ]);
  const text = await readFile(await download.path(), 'utf8');
  return { fileName: download.suggestedFilename(), text };
}
