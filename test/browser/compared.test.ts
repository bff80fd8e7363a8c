import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import type { Comparison } from '../../functions/shared/domain/comparison.ts';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { askStats } from './support/api.ts';
import { card, openDashboard, shownTotal } from './support/dashboard-page.ts';
import { days, figure } from './support/expected.ts';
import { newVisitor } from './support/visitors.ts';

// Figures of a range beside those of the days before.

const host = inject('host');

function inWords({ change, changePercent, reason }: Comparison): string {
  if (change === null) return 'no figures before';
  if (reason === 'zero_baseline') return `▲ up ${figure(change)} (new)`;
  if (change === 0) return 'no change';
  const percent = `${changePercent !== null && changePercent > 0 ? '+' : ''}${changePercent?.toFixed(1)}%`;
  return `${change > 0 ? '▲ up' : '▼ down'} ${figure(Math.abs(change))} (${percent})`;
}

const headline = (page: Page) => page.getByTestId('total-change');
const trends = (page: Page) => card(page, 'Channel Usage').locator('.channel-row-trend');

it('the headline and every row say what became of them since the days before', async () => {
  const today = dayOf(Date.now());
  const range = { from: addDays(today, -14), to: addDays(today, -1) };
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    `?peer=peer_support&from=${range.from}&to=${range.to}`,
  );
  await shownTotal(page);
  const stats = await askStats(host, 'peer_support', { ...range, compare: 'previous' });
  expect(stats.total.previous?.messages.previous).toBeGreaterThan(0);
  expect(await headline(page).textContent()).toBe(
    stats.total.previous && inWords(stats.total.previous.messages),
  );
  expect(await trends(page).allTextContents()).toEqual(
    stats.channels.map(({ previous }) => previous && inWords(previous.messages)),
  );
  await expect.poll(() => trends(page).locator('svg').count()).toBe(stats.channels.length);
  const before = days(stats.previousRange?.from ?? '', stats.previousRange?.to);
  const said = await card(page, 'Channel Usage').locator('.card-note').first().innerText();
  expect(said.replace(/\s+/g, ' ')).toContain(`Compared with ${before}.`);
});

it('a range with today in it says that it is not over, and all time is compared with nothing', async () => {
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    '?peer=peer_support&range=last-7-days',
  );
  await card(page, 'Channel Usage').getByText('; these days are not over yet.').waitFor();
  await page.getByLabel('Range').selectOption('all');
  await expect.poll(() => headline(page).count()).toBe(0);
  expect(await trends(page).count()).toBe(0);
});

it('says where there are no figures before', async () => {
  const today = dayOf(Date.now());
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    `?peer=peer_support&from=2024-01-01&to=${today}`,
  );
  await expect.poll(() => headline(page).textContent()).toBe('no figures before');
});

it.each([
  ['light', 1280],
  ['dark', 390],
] as const)('has no finding of axe in %s at %i px', async (colorScheme, width) => {
  const visitor = await newVisitor(host.url, { colorScheme, viewport: { width, height: 844 } });
  const page = await openDashboard(
    visitor,
    host.apiKey,
    '?peer=peer_support&range=last-30-days&interval=month',
  );
  await headline(page).waitFor();
  const { violations } = await new AxeBuilder({ page }).include('.column').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  const shot = process.env['OVERVIEW_SHOTS'];
  if (shot !== undefined) await page.screenshot({ path: `${shot}/compared-${colorScheme}-${width}.png` });
});
