import { beforeAll, expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { askHistory, askStats } from './support/api.ts';
import {
  card,
  chart,
  openDashboard,
  shownChannels,
  shownTable,
  shownTotal,
} from './support/dashboard-page.ts';
import { counted, expectedChannels, figure } from './support/expected.ts';
import { newVisitor } from './support/visitors.ts';
import { seedWidePeer, WIDE_PEER } from './support/wide-peer.ts';

const host = inject('host');
const { peerId, channels, days } = WIDE_PEER;

beforeAll(() => seedWidePeer(host.dataFolder));

it('of 200 channels the first are shown, and all when they are asked for', async () => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}`);
  const stats = await askStats(host, peerId);
  expect(stats.channels.length).toBe(channels);
  expect(await shownTotal(page)).toBe(counted(stats.total.messageCount, 'message'));
  const rows = async () => (await shownChannels(page)).map(({ barWidth: _, ...row }) => row);
  expect(await rows()).toEqual(expectedChannels(stats).slice(0, 20));
  await card(page, 'Channel Usage').getByRole('button', { name: 'Show all 200 channels' }).click();
  expect(await rows()).toEqual(expectedChannels(stats));
});

it('400 days are shown by week, as there are too many figures by day, and none is missing', async () => {
  const to = dayOf(Date.now());
  const range = { from: addDays(to, 1 - days), to };
  const search = `?peer=${peerId}&from=${range.from}&to=${range.to}`;
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, search);
  await chart(page, 'Messages over time').waitFor();
  const overTime = card(page, 'Messages over time');
  expect(await overTime.innerText()).toContain('Shown by week');
  await overTime.getByRole('button', { name: 'Show as table' }).click();
  const { columns, rows } = await shownTable(overTime.getByRole('table'));
  const { buckets } = await askHistory(host, peerId, { ...range, interval: 'week' });
  expect(columns.slice(0, 2)).toEqual(['Week', 'Total']);
  // Behind what they are compared with.
  const channels = columns.slice(3, columns.indexOf('Other channels') + 1);
  expect(channels).toHaveLength(9);
  expect(rows.map(([, total]) => total)).toEqual(
    buckets.toReversed().map(({ total }) => figure(total.messageCount)),
  );
  for (const [, total = '', , ...others] of rows) {
    const parts = others.slice(0, channels.length);
    expect(parts.map(number).reduce((sum, part) => sum + part)).toBe(number(total));
  }
});

function number(text: string): number {
  return Number(text.replaceAll(',', ''));
}
