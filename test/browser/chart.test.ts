import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { statsWith } from '../support/host/local-host.ts';
import { askHistory } from './support/api.ts';
import { type ChartCard, card, chart, openDashboard, shownTable } from './support/dashboard-page.ts';
import { expectedHistory, figure } from './support/expected.ts';
import { newPeer, record } from './support/hosts.ts';
import { newVisitor } from './support/visitors.ts';

// The charts: what is compared, marked and spoken in them is what the API says.

const host = inject('host');
const CHARTS: readonly ChartCard[] = ['Messages over time', 'New conversations'];

it('a chosen range is compared with the days before it that have the same weekdays', async () => {
  const today = dayOf(Date.now());
  const range = { from: addDays(today, -29), to: today };
  const page = await openChart('?peer=peer_support&range=last-30-days');
  const answer = await askHistory(host, 'peer_support', { ...range, interval: 'day' });
  const earlier = await askHistory(host, 'peer_support', {
    from: addDays(range.from, -35),
    to: addDays(range.to, -35),
    interval: 'day',
  });
  const conversations = card(page, 'New conversations');
  await conversations.getByText('35 days before', { exact: true }).waitFor();
  await conversations.getByRole('button', { name: 'Show as table' }).click();
  expect(await shownTable(conversations.getByRole('table'))).toEqual(
    expectedHistory(answer, 'conversationCount', { earlier: { before: 35, answer: earlier } }),
  );
  await page.getByRole('combobox', { name: 'Range' }).selectOption({ label: 'All time' });
  await conversations.getByText('35 days before', { exact: true }).waitFor({ state: 'detached' });
});

it('says that there are no figures before, and that there are less than 90 days', async () => {
  const peerId = newPeer();
  await record(host, peerId, [{ channelId: 'direct' }]);
  await statsWith(host, peerId, 1);
  const page = await openChart(`?peer=${peerId}&range=last-7-days`);
  const overTime = card(page, 'Messages over time');
  await overTime.getByText(/^no figures before/).waitFor();
  await overTime.getByText('so far', { exact: true }).waitFor();
  await page.getByRole('combobox', { name: 'Range' }).selectOption({ label: 'All time' });
  await overTime.getByText('All days since the first message. Days are UTC.').waitFor();
  expect(await overTime.getByText(/last 90 days/).count()).toBe(0);
});

it('the keyboard leads through the bars, whose figures are spoken, and narrows to one', async () => {
  const today = dayOf(Date.now());
  const page = await openChart('?peer=peer_support&range=last-7-days');
  const { buckets } = await askHistory(host, 'peer_support', {
    from: addDays(today, -6),
    to: today,
    interval: 'day',
  });
  const bars = chart(page, 'Messages over time');
  await card(page, 'Messages over time').getByText('7 days before').waitFor();
  await card(page, 'Messages over time').getByRole('button', { name: 'Show as table' }).focus();
  for (let stops = 0; stops < 20; stops += 1) {
    if (await bars.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press('Tab');
  }
  const spoken = async () => (await bars.getAttribute('aria-valuetext')) ?? '';
  expect(await bars.getAttribute('aria-valuenow')).toBe('7');
  const tooltip = card(page, 'Messages over time').locator('.bar-tooltip');
  for (const [index, { start, total }] of [...buckets.entries()].toReversed()) {
    expect(await bars.getAttribute('aria-valuenow')).toBe(`${index + 1}`);
    expect(await spoken()).toContain(`${weekday(start)}`);
    expect(await spoken()).toContain(`: ${figure(total.messageCount)}`);
    expect(await spoken()).toContain(` on ${weekday(addDays(start, -7))}`);
    expect(await tooltip.innerText()).toContain(weekday(addDays(start, -7)));
    await page.keyboard.press('ArrowLeft');
  }
  expect(await seriousViolations(page)).toEqual([]);
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  expect(await bars.getAttribute('aria-valuenow')).toBe('1');
  await page.keyboard.press('Escape');
  await tooltip.waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect.poll(() => new URL(page.url()).search).toContain(addDays(today, -5));
});

it('a click on a bar narrows the page to its day, and one on a legend entry to its channel', async () => {
  const page = await openChart('?peer=peer_support&range=last-7-days');
  const choice = chart(page, 'Messages over time').locator('.bar-choice');
  const box = await choice.boundingBox();
  if (box === null) throw new Error('there is no chart');
  await choice.click({ position: { x: box.width * 0.5, y: box.height * 0.9 } });
  await expect.poll(() => new URL(page.url()).search).toContain(addDays(dayOf(Date.now()), -3));
  await card(page, 'Messages over time')
    .getByRole('button', { name: /^WebChat/ })
    .click();
  await expect.poll(() => new URL(page.url()).search).toContain('channel=');
});

it.each([1280, 390])('the same days stand under one another, at %d pixels', async (width) => {
  const visitor = await newVisitor(host.url, { viewport: { width, height: 900 } });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  const places = await Promise.all(
    CHARTS.map(async (name) => {
      const area = chart(page, name).locator('.bar-choice');
      await area.waitFor();
      return area.evaluate((element) => {
        const { left, right } = element.getBoundingClientRect();
        return { left, right };
      });
    }),
  );
  expect(places[0]).toEqual(places[1]);
  const legends = await Promise.all(
    CHARTS.map((name) => card(page, name).locator('.legend bdi').allInnerTexts()),
  );
  expect(legends[0]).toEqual(legends[1]);
});

it('labels have their year where the range has two', async () => {
  const peerId = newPeer();
  const year = Number(dayOf(Date.now()).slice(0, 4)) - 1;
  await record(host, peerId, [{ channelId: 'direct', sentAt: `${year}-12-31T12:00:00Z` }]);
  await statsWith(host, peerId, 1);
  const page = await openChart(`?peer=${peerId}&from=${year}-12-30&to=${year + 1}-01-02`);
  const labels = chart(page, 'Messages over time').locator('svg text');
  await labels.first().waitFor();
  expect(await labels.allTextContents()).toContain(`Dec 30, ${year}`);
});

async function openChart(search: string): Promise<Page> {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, search);
  await card(page, 'Messages over time').getByRole('button', { name: 'Show as table' }).waitFor();
  return page;
}

function weekday(day: string): string {
  return new Date(day).toLocaleDateString('en-US', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

async function seriousViolations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`);
}
