import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../../functions/shared/domain/utc-day.ts';
import { askHistory, askStats } from '../support/api.ts';
import { counted, figure } from '../support/expected.ts';
import { launchFirefox } from '../support/firefox.ts';

// A reader's way through the page in Firefox: what is on it is what the API says. Everything else is tested in
// Chromium (test/browser).

const host = inject('host');
const PEER = 'peer_support';

let browser: Browser;
let page: Page;
let problems: string[];

beforeAll(async () => {
  browser = await launchFirefox();
});

afterAll(() => browser.close());

beforeEach(async () => {
  problems = [];
  page = await browser.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
});

afterEach(async () => {
  await page.close();
  expect(problems).toEqual([]);
});

it('shows the figures of a peer, and of the days that are chosen', async () => {
  await open(`?peer=${PEER}`);
  const { total } = await askStats(host, PEER);
  await expect.poll(shownTotal).toBe(counted(total.messageCount, 'message'));
  await page.locator('.range-choice select').fill('last-7-days');
  await expect.poll(search).toBe(`?peer=${PEER}&range=last-7-days`);
  const { total: week } = await askStats(host, PEER, { from: addDays(dayOf(Date.now()), -6) });
  await expect.poll(shownTotal).toBe(counted(week.messageCount, 'message'));
  await page.goBack();
  await expect.poll(shownTotal).toBe(counted(total.messageCount, 'message'));
});

it('is narrowed by a click on a channel, and shows all again', async () => {
  await open(`?peer=${PEER}`);
  const { channels } = await askStats(host, PEER);
  const [first] = channels;
  if (first === undefined) throw new Error('there is no channel');
  await page.locator('.channel-row-button').click();
  await expect.poll(search).toBe(`?peer=${PEER}&channel=${first.channelId}`);
  await expect.poll(shownTotal).toBe(counted(first.messageCount, 'message'));
  await page.goBack();
  await expect.poll(search).toBe(`?peer=${PEER}`);
});

it('leads the keyboard through the bars of a chart, and to a day', async () => {
  await open(`?peer=${PEER}&range=last-7-days`);
  const today = dayOf(Date.now());
  const { buckets } = await askHistory(host, PEER, {
    from: addDays(today, -6),
    to: today,
    interval: 'day',
  });
  await page.locator('.bar-choice').wait();
  await page.focus('.card-controls button:last-child');
  await page.keyboard.press('Home');
  const bars = await page.waitForSelector('.stacked-chart');
  await bars?.focus();
  await page.keyboard.press('Home');
  for (const { total } of buckets) {
    const spoken = await bars?.evaluate((element) => element.getAttribute('aria-valuetext'));
    expect(spoken).toContain(`: ${figure(total.messageCount)}`);
    await page.keyboard.press('ArrowRight');
  }
  await page.keyboard.press('Enter');
  await expect.poll(search).toBe(`?peer=${PEER}&range=last-7-days&day=${today}`);
});

it('has the same figures in a table behind the chart', async () => {
  await open(`?peer=${PEER}&range=last-7-days`);
  const today = dayOf(Date.now());
  const { buckets } = await askHistory(host, PEER, {
    from: addDays(today, -6),
    to: today,
    interval: 'day',
  });
  await page.locator('.bar-choice').wait();
  await page.locator('::-p-aria([name="Show as table"][role="button"])').click();
  await page.locator('.table-region tbody tr').wait();
  const totals = await page.$$eval('.table-region tbody tr', (rows) =>
    rows.map((row) => row.querySelector('td')?.textContent),
  );
  expect(totals).toEqual(buckets.toReversed().map(({ total }) => figure(total.messageCount)));
});

async function open(view: string): Promise<void> {
  await page.goto(`${host.url}/${view}`);
  await page.locator('input[type=password], input[autocomplete=off]').fill(host.apiKey);
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=total-messages]').wait();
}

async function shownTotal(): Promise<string | undefined> {
  return page
    .$eval('.card[aria-busy=false] [data-testid=total-messages]', (badge) =>
      badge instanceof HTMLElement ? badge.innerText : undefined,
    )
    .catch(() => undefined);
}

function search(): string {
  return new URL(page.url()).search;
}
