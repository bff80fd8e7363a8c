import type { Page } from 'playwright-core';
import { describe, expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { askHealth, askHistory, askStats } from './support/api.ts';
import {
  card,
  enterKey,
  openDashboard,
  shownChannels,
  shownTable,
  shownTotal,
} from './support/dashboard-page.ts';
import { counted, days, expectedChannels, expectedHistory } from './support/expected.ts';
import { newVisitor } from './support/visitors.ts';

// What is looked at is in the page's address.

const host = inject('host');

const today = () => dayOf(Date.now());
const firstOfMonth = (day: string) => `${day.slice(0, 7)}-01`;
const lastOfMonthBefore = (day: string) => addDays(firstOfMonth(day), -1);

it.each([
  ['Last 7 days', 'last-7-days', () => ({ from: addDays(today(), -6), to: today() })],
  ['Last 30 days', 'last-30-days', () => ({ from: addDays(today(), -29), to: today() })],
  ['Last 90 days', 'last-90-days', () => ({ from: addDays(today(), -89), to: today() })],
  ['This month', 'this-month', () => ({ from: firstOfMonth(today()), to: today() })],
  [
    'Last month',
    'last-month',
    () => ({ from: firstOfMonth(lastOfMonthBefore(today())), to: lastOfMonthBefore(today()) }),
  ],
])('the range %s is in the address, and shows the figures of its days', async (label, range, daysOf) => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_support');
  await page.getByRole('combobox', { name: 'Range' }).selectOption({ label });
  expect(new URL(page.url()).search).toBe(`?peer=peer_support&range=${range}`);
  await expectRange(page, daysOf());
});

// Wherever UTC is in its day, one of the two has another date.
it.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago'])(
  'ranges end with the present UTC day in %s',
  async (timezoneId) => {
    const visitor = await newVisitor(host.url, { timezoneId });
    const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support&range=last-7-days');
    await expectRange(page, { from: addDays(today(), -6), to: today() });
    await page.getByText(`${days(addDays(today(), -6), today())}, in UTC`, { exact: true }).waitFor();
  },
);

it('days of one’s own choice are in the address, and show their figures', async () => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_support');
  const [from, to] = [addDays(today(), -20), addDays(today(), -11)];
  await page.getByRole('combobox', { name: 'Range' }).selectOption({ label: 'Custom' });
  await page.getByLabel('From (UTC)').fill(from);
  await page.getByLabel('To (UTC)').fill(to);
  expect(new URL(page.url()).search).toBe(`?peer=peer_support&from=${from}&to=${to}`);
  await expectRange(page, { from, to });

  await page.getByLabel('To (UTC)').fill(addDays(from, -1));
  await page.getByText('From must not be after To').waitFor();
  expect(new URL(page.url()).search).toBe(`?peer=peer_support&from=${from}&to=${to}`);
});

it('a link shows the same to somebody else, who enters a key of their own', async () => {
  const [from, to] = [addDays(today(), -40), addDays(today(), -3)];
  const search = `?peer=peer_123&from=${from}&to=${to}&interval=week`;
  const visitor = await newVisitor(host.url);
  const page = await openDashboard(visitor, host.apiKey, search);
  await expectRange(page, { from, to }, 'peer_123');
  const other = await visitor.open(new URL(page.url()).search.replace('?', '/?'));
  await enterKey(other, host.apiKey);
  await expectRange(other, { from, to }, 'peer_123');
  const overTime = card(other, 'Messages over time');
  expect(await overTime.getByRole('radio', { name: 'Week' }).isChecked()).toBe(true);
  await overTime.getByRole('button', { name: 'Show as table' }).click();
  const answer = await askHistory(host, 'peer_123', { from, to, interval: 'week' });
  const { findings } = await askHealth(host, 'peer_123');
  // 38 days are compared with those that lie six weeks before.
  const sixWeeks = { from: addDays(from, -42), to: addDays(to, -42), interval: 'week' };
  const earlier = { before: 6, answer: await askHistory(host, 'peer_123', sixWeeks) };
  await expect
    .poll(() => shownTable(overTime.getByRole('table')))
    .toEqual(expectedHistory(answer, 'messageCount', { findings, earlier }));
});

it('a link to a range shows no figures of other days, however long its own take', async () => {
  const visitor = await newVisitor(host.url);
  const release = Promise.withResolvers<void>();
  await visitor.context.route('**/channel-stats?from=*', async (route) => {
    await release.promise;
    await route.continue();
  });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_hr&from=2025-01-01&to=2025-01-31');
  await expect.poll(() => page.getByTestId('live-state').innerText()).toMatch(/^Live/);
  expect(await page.getByTestId('total-messages').count()).toBe(0);
  release.resolve();
  expect(await shownTotal(page)).toBe('0 messages');
});

it('Back leads to what was shown before, and Forward on again', async () => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_support');
  const all = await shownTotal(page);
  await page.getByRole('combobox', { name: 'Range' }).selectOption({ label: 'Last 7 days' });
  await page.getByRole('radiogroup', { name: 'Interval' }).getByText('Month', { exact: true }).click();
  const chooser = page.getByRole('combobox', { name: 'Peer' });
  await chooser.fill('peer_hr');
  await page.getByRole('option', { name: 'peer_hr' }).click();
  const searches = [
    '?peer=peer_support',
    '?peer=peer_support&range=last-7-days',
    '?peer=peer_support&range=last-7-days&interval=month',
    '?peer=peer_hr&range=last-7-days&interval=month',
  ];
  const search = () => new URL(page.url()).search;
  await expect.poll(search).toBe(searches[3]);
  for (const earlier of [searches[2], searches[1], searches[0]]) {
    await page.goBack();
    await expect.poll(search).toBe(earlier);
  }
  await expect.poll(() => shownTotal(page)).toBe(all);
  expect(await page.getByRole('combobox', { name: 'Range' }).inputValue()).toBe('all');
  expect(await chooser.inputValue()).toBe('peer_support');
  await page.goForward();
  await expect.poll(search).toBe(searches[1]);
  expect(await page.getByRole('combobox', { name: 'Range' }).inputValue()).toBe('last-7-days');
});

describe('an address that makes no sense', () => {
  it.each([
    ['range=yesterday', 'The range in the address is not known. All time is shown.'],
    ['interval=hour', 'The interval in the address is not known. Days are shown.'],
    ...['from=2026-02-30&to=2026-03-01', 'from=2026-11-02&to=2026-11-01', 'from=2026-11-02', 'to=%00'].map(
      (query) => [
        query,
        'The days in the address are not a range from one day to a later one. All time is shown.',
      ],
    ),
  ])('%s is told, and replaced by what is usual', async (query, note) => {
    const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=peer_hr&${query}`);
    await expect.poll(() => page.getByRole('alert').innerText()).toBe(note);
    expect(await shownTotal(page)).toBe('3,240 messages');
  });
});

async function expectRange(
  page: Page,
  range: { from: string; to: string },
  peerId = 'peer_support',
): Promise<void> {
  const stats = await askStats(host, peerId, range);
  await expect.poll(() => shownTotal(page)).toBe(counted(stats.total.messageCount, 'message'));
  const rows = async () => (await shownChannels(page)).map(({ barWidth: _, ...row }) => row);
  await expect.poll(rows).toEqual(expectedChannels(stats));
}
