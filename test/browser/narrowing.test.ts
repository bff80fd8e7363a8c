import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { beforeAll, expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { statsWith } from '../support/host/local-host.ts';
import { askGrowth, askHealth, askHistory, askStats, setChannel } from './support/api.ts';
import {
  card,
  openDashboard,
  shownChannels,
  shownItems,
  shownTable,
  shownTotal,
} from './support/dashboard-page.ts';
import { counted, days, expectedChannels, expectedHistory, figure } from './support/expected.ts';
import { newPeer, record } from './support/hosts.ts';
import { newVisitor } from './support/visitors.ts';

// A click on a channel, a day or a finding shows that alone, on the whole page and in its address.

const host = inject('host');
const hiddenPeer = newPeer();
const yesterday = addDays(dayOf(Date.now()), -1);

beforeAll(async () => {
  await record(host, hiddenPeer, [
    { channelId: 'direct' },
    { channelId: 'direct' },
    { channelId: 'integration_old', channelName: 'Old Slack', galleryKey: 'slack' },
    { channelId: 'integration_gone', channelName: 'Gone' },
  ]);
  await statsWith(host, hiddenPeer, 4);
  await setChannel(host, hiddenPeer, 'integration_old', { status: 'disabled' });
  await setChannel(host, hiddenPeer, 'integration_gone', { status: 'removed' });
});

const search = (page: Page) => new URL(page.url()).search;
const strip = (page: Page) => page.getByRole('region', { name: 'Shown alone' });
const row = (page: Page, name: string) =>
  card(page, 'Channel Usage').getByRole('button', { name, exact: true });
const rows = async (page: Page) => (await shownChannels(page)).map(({ barWidth: _, ...shown }) => shown);

async function seriousThings(page: Page): Promise<unknown[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}

it('a click on a row narrows every card to its channel, and Back leads to all of them', async () => {
  const visitor = await newVisitor(host.url);
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  const all = await shownTotal(page);
  const stats = await askStats(host, 'peer_support');
  const [first] = stats.channels;
  if (first === undefined) throw new Error('there is no channel');
  const { channelId, channelName } = first;
  await card(page, 'Week over week').getByRole('table').waitFor();
  await card(page, 'Health').getByRole('listitem').first().waitFor();
  const asked: string[] = [];
  visitor.context.on('request', (request) => asked.push(new URL(request.url()).pathname));

  await row(page, channelName).click();
  expect(search(page)).toBe(`?peer=peer_support&channel=${channelId}`);
  expect(await shownTotal(page)).toBe(counted(first.messageCount, 'message'));
  expect(await rows(page)).toEqual(expectedChannels({ ...stats, channels: [first] }));
  expect(await strip(page).innerText()).toContain(channelName);
  expect(await shownItems(card(page, 'Messages per conversation'))).toHaveLength(1);

  const growth = await askGrowth(host, 'peer_support');
  const week = growth.weeks[0]?.channels.find((one) => one.channelId === channelId);
  const shownWeek = await shownTable(card(page, 'Week over week').getByRole('table'));
  expect(
    shownWeek.rows.map(([name, messages]) => [
      name,
      messages?.startsWith(figure(week?.messages.current ?? 0)),
    ]),
  ).toEqual([[channelName, true]]);
  const { findings } = await askHealth(host, 'peer_support');
  await expect
    .poll(() => card(page, 'Health').getByRole('listitem').count())
    .toBe(findings.filter((finding) => 'channelId' in finding && finding.channelId === channelId).length);

  const overTime = card(page, 'Messages over time');
  await overTime.getByRole('button', { name: 'Show as table' }).click();
  const table = await shownTable(overTime.getByRole('table'));
  const [start] = [addDays(dayOf(Date.now()), -89)];
  const history = await askHistory(host, 'peer_support', { from: start, interval: 'day' });
  const only = {
    ...history,
    buckets: history.buckets.flatMap((bucket) => {
      const channel = bucket.channels.find((one) => one.channelId === channelId);
      return channel === undefined ? [] : [{ ...bucket, channels: [channel], total: channel }];
    }),
  };
  const about = findings.filter((finding) => 'channelId' in finding && finding.channelId === channelId);
  const shownDays = only.buckets.slice(-table.rows.length);
  const expected = expectedHistory({ ...only, buckets: shownDays }, 'messageCount', { findings: about });
  expect(table).toEqual(expected);
  expect(await seriousThings(page)).toEqual([]);
  // What was there already is enough for it; what is asked again and again goes on.
  expect(asked.filter((path) => !/(channel-stats|trust)$/.test(path))).toEqual([]);

  await page.goBack();
  await expect.poll(() => shownTotal(page)).toBe(all);
  expect(await strip(page).count()).toBe(0);
});

it('the same row, Escape and the crosses of the strip lead back too', async () => {
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    `?peer=peer_support&range=last-7-days&day=${yesterday}`,
  );
  const [first] = (await askStats(host, 'peer_support')).channels;
  if (first === undefined) throw new Error('there is no channel');
  await row(page, first.channelName).click();
  expect(search(page)).toBe(
    `?peer=peer_support&range=last-7-days&channel=${first.channelId}&day=${yesterday}`,
  );
  await row(page, first.channelName).click();
  expect(search(page)).toBe(`?peer=peer_support&range=last-7-days&day=${yesterday}`);
  await strip(page).getByRole('button', { name: 'Show all days of the range' }).click();
  expect(search(page)).toBe('?peer=peer_support&range=last-7-days');
  await row(page, first.channelName).focus();
  await page.keyboard.press('Enter');
  await strip(page).waitFor();
  await page
    .getByRole('status')
    .filter({ hasText: `Only ${first.channelName}` })
    .waitFor({ state: 'attached' });
  await page.keyboard.press('Escape');
  expect(search(page)).toBe('?peer=peer_support&range=last-7-days');
  await row(page, first.channelName).click();
  await strip(page).getByRole('button', { name: 'Show all channels' }).click();
  expect(search(page)).toBe('?peer=peer_support&range=last-7-days');
  await page
    .getByRole('status')
    .filter({ hasText: 'All channels and days are shown' })
    .waitFor({ state: 'attached' });
});

it('a day in the address shows its figures, and the chart keeps its range', async () => {
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    `?peer=peer_support&range=last-7-days&day=${yesterday}`,
  );
  const stats = await askStats(host, 'peer_support', { from: yesterday, to: yesterday });
  expect(await shownTotal(page)).toBe(counted(stats.total.messageCount, 'message'));
  await expect.poll(() => rows(page)).toEqual(expectedChannels(stats));
  expect(await strip(page).innerText()).toContain(days(yesterday));
  // Behind the bar of the day, in either chart.
  await expect.poll(() => page.locator('.bars-alone').count()).toBe(2);
  const overTime = card(page, 'Messages over time');
  await overTime.getByRole('button', { name: 'Show as table' }).click();
  expect((await shownTable(overTime.getByRole('table'))).rows).toHaveLength(7);
  await page.getByRole('combobox', { name: 'Range' }).selectOption({ label: 'Last 30 days' });
  expect(search(page)).toBe('?peer=peer_support&range=last-30-days');
});

it('a finding narrows to what it is about', async () => {
  const { findings } = await askHealth(host, 'peer_support');
  const index = findings.findIndex((finding) => 'day' in finding.evidence && 'channelId' in finding);
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_support');
  for (const [place, finding] of findings.entries()) {
    if (index !== -1 && place !== index) continue;
    if (!('channelId' in finding)) continue;
    const day = 'day' in finding.evidence ? `&day=${finding.evidence.day}` : '';
    await card(page, 'Health').locator('.finding-narrow').nth(place).click();
    expect(search(page)).toBe(`?peer=peer_support&channel=${finding.channelId}${day}`);
    break;
  }
});

it('a channel that the peer has not is told, and all are shown', async () => {
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    '?peer=peer_hr&channel=integration_nowhere',
  );
  await expect
    .poll(() => page.getByRole('alert').innerText())
    .toBe('This peer has no channel “integration_nowhere”, which the address names. All channels are shown.');
  expect(await shownTotal(page)).toBe('3,240 messages');
  expect(await seriousThings(page)).toEqual([]);
});

it.each([
  ['integration_old', 'Old Slack', 'disabled'],
  ['integration_gone', 'Gone', 'removed'],
])('a link to %s opens although it is not listed', async (channelId, name, status) => {
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    `?peer=${hiddenPeer}&channel=${channelId}`,
  );
  expect(await shownTotal(page)).toBe('1 message');
  expect((await shownItems(card(page, 'Channel Usage'))).map((lines) => lines.slice(0, 2))).toEqual([
    [name, status],
  ]);
  expect(await strip(page).innerText()).toMatch(new RegExp(`${name}\\s+${status}`));
  // Health judges no such channel, and says of it neither that it is fine nor that it needs attention.
  const health = card(page, 'Health');
  await health.getByText('No findings about what is shown.').waitFor();
  expect(await health.locator('.badge').count()).toBe(0);
  expect(await seriousThings(page)).toEqual([]);
});

it('disabled channels are shown when they are asked for, and marked', async () => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${hiddenPeer}`);
  expect(await shownTotal(page)).toBe('2 messages');
  await page.getByRole('button', { name: 'Show them' }).click();
  expect(search(page)).toBe(`?peer=${hiddenPeer}&show=disabled`);
  await expect.poll(() => shownTotal(page)).toBe('3 messages');
  expect((await shownItems(card(page, 'Channel Usage'))).map(([name, second]) => [name, second])).toEqual([
    ['Direct/Web', '2 (66.7%)'],
    ['Old Slack', 'disabled'],
  ]);
  const overTime = card(page, 'Messages over time');
  await overTime.getByRole('button', { name: 'Show as table' }).click();
  await expect
    .poll(async () => (await shownTable(overTime.getByRole('table'))).columns)
    .toEqual(['Day', 'Total', 'Direct/Web', 'Old Slack (disabled)']);
  // They are followed as the others are.
  await record(host, hiddenPeer, [{ channelId: 'integration_old', conversationId: 'conversation-2' }]);
  await expect.poll(() => shownTotal(page)).toBe('4 messages');
  await strip(page).getByRole('button', { name: 'Leave disabled channels out' }).click();
  await expect.poll(() => shownTotal(page)).toBe('2 messages');
});
