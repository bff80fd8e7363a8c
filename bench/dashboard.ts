import type { Page } from 'playwright-core';
import { addDays, dayOf } from '../functions/shared/domain/utc-day.ts';
import { card, chart, openDashboard } from '../test/browser/support/dashboard-page.ts';
import { record, startEmptyHost } from '../test/browser/support/hosts.ts';
import { closeBrowser, newVisitor, sendVisitorsHome } from '../test/browser/support/visitors.ts';
import { seedWidePeer, WIDE_PEER } from '../test/browser/support/wide-peer.ts';
import { cleanUp } from '../test/support/host/local-host.ts';

// npm run bench:dashboard: whether the page stays quick for a peer with 200 channels and 400 days. The longest
// task is how long the page could not react at all.

const WATCHED_SECONDS = 15;
const KEY_PRESS_EVERY_MS = 150;

const { peerId, days } = WIDE_PEER;

try {
  const host = await startEmptyHost();
  await seedWidePeer(host.dataFolder);
  const visitor = await newVisitor(host.url);
  // What the first tab loads, later ones have: the files of the page are not what is measured.
  await (await visitor.open()).close();

  let startedAt = performance.now();
  const page = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
  await watchTasks(page);
  await card(page, 'Channel Usage').getByRole('listitem').first().waitFor();
  say('the first card is there after', performance.now() - startedAt);
  await drawn(page);
  say('the charts are there after', performance.now() - startedAt);
  say('longest task meanwhile', await longestTask(page));

  await page.getByRole('button', { name: 'Show all 200 channels' }).first().click();
  say('longest task when all 200 channels are shown', await longestTask(page));

  for (let second = 0; second < WATCHED_SECONDS; second += 1) {
    await record(host, peerId, [{ channelId: 'integration_200' }]);
    await page.waitForTimeout(1_000);
  }
  say(`longest task in ${WATCHED_SECONDS} seconds with a message a second`, await longestTask(page));

  const chooser = page.getByRole('combobox', { name: 'Peer' });
  await chooser.click();
  startedAt = performance.now();
  await chooser.pressSequentially(peerId, { delay: KEY_PRESS_EVERY_MS });
  const typing = performance.now() - startedAt - peerId.length * KEY_PRESS_EVERY_MS;
  say('a key press in the peer chooser takes', typing / peerId.length);
  await page.keyboard.press('Escape');
  say('longest task while typing', await longestTask(page));

  for (const interval of ['Week', 'Month', 'Day']) {
    startedAt = performance.now();
    await page.getByRole('radiogroup', { name: 'Interval' }).getByText(interval, { exact: true }).click();
    await page.getByRole('slider', { name: `Messages over time by ${interval.toLowerCase()}` }).waitFor();
    say(`the chart by ${interval.toLowerCase()} is there after`, performance.now() - startedAt);
    say('longest task meanwhile', await longestTask(page));
  }

  const today = dayOf(Date.now());
  await page.getByRole('combobox', { name: 'Range' }).selectOption({ label: 'Custom' });
  startedAt = performance.now();
  await page.getByLabel('From (UTC)').fill(addDays(today, 1 - days));
  await page.getByRole('slider', { name: 'Messages over time by week' }).waitFor();
  say('400 days are there, by week, after', performance.now() - startedAt);
  say('longest task meanwhile', await longestTask(page));
} finally {
  for (const problem of await sendVisitorsHome()) process.stderr.write(`${problem}\n`);
  await closeBrowser();
  await cleanUp();
}

/** Begins to note the tasks that keep the page from reacting for 50 milliseconds or more. */
async function watchTasks(page: Page): Promise<void> {
  await page.evaluate(() => {
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) performance.mark('long-task', { detail: duration });
    }).observe({ type: 'longtask', buffered: true });
  });
}

/** The longest task since the last time, in milliseconds; 0 where none took 50. */
async function longestTask(page: Page): Promise<number> {
  // The browser tells of a task after it.
  await page.waitForTimeout(500);
  return page.evaluate(() => {
    const durations = performance
      .getEntriesByName('long-task')
      .map((mark) => (mark instanceof PerformanceMark ? Number(mark.detail) : 0));
    performance.clearMarks('long-task');
    return Math.max(0, ...durations);
  });
}

async function drawn(page: Page): Promise<void> {
  for (const name of ['Messages over time', 'New conversations'] as const) {
    await chart(page, name).locator('text').first().waitFor();
  }
}

function say(what: string, milliseconds: number): void {
  process.stdout.write(`${milliseconds.toFixed(0).padStart(6)} ms  ${what}\n`);
}
