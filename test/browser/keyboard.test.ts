import type { ElementHandle, Locator, Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { askStats } from './support/api.ts';
import { card, shownTotal, showTables } from './support/dashboard-page.ts';
import { counted } from './support/expected.ts';
import { newVisitor } from './support/visitors.ts';

// The whole way through the page, without a mouse.

const host = inject('host');
const MOST_STOPS = 60;
/** Rings are drawn around what has the focus. */
const AROUND = 8;

it('leads from the key over peer and range to a file, and to the figures behind a chart', async () => {
  const visitor = await newVisitor(host.url, { viewport: { width: 1280, height: 2400 } });
  const page = await visitor.open('/?peer=peer_support');
  await page.getByLabel('API key').waitFor();
  await tabTo(page, page.getByLabel('API key'));
  await page.keyboard.type(host.apiKey);
  await page.keyboard.press('Enter');
  await card(page, 'Week over week').getByRole('table').waitFor();

  await tabTo(page, page.getByRole('combobox', { name: 'Peer' }));
  await page.keyboard.type('peer_h');
  await page.getByRole('listbox').getByRole('option', { name: 'peer_hr' }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => shownTotal(page)).toBe('3,240 messages');

  await tabTo(page, page.getByRole('combobox', { name: 'Range' }));
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => new URL(page.url()).search).toBe('?peer=peer_hr&range=last-7-days');
  const from = await page.evaluate(() => new Date(Date.now() - 6 * 86_400_000).toISOString().slice(0, 10));
  const { total } = await askStats(host, 'peer_hr', { from });
  await expect.poll(() => shownTotal(page)).toBe(counted(total.messageCount, 'message'));

  await tabTo(page, page.getByRole('button', { name: 'Download CSV' }));
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(download.suggestedFilename()).toMatch(/^channel-usage-peer_hr-.*\.csv$/);

  const overTime = card(page, 'Messages over time');
  await tabTo(page, overTime.getByRole('button', { name: 'Show as table' }));
  await page.keyboard.press('Enter');
  await overTime.getByRole('table').waitFor();
  await page.keyboard.press('Enter');
  await overTime.getByRole('slider', { name: 'stacked by channel' }).waitFor();
});

it('shows where it is, wherever it is', async () => {
  const visitor = await newVisitor(host.url, { viewport: { width: 1280, height: 2400 } });
  const page = await visitor.open('/?peer=peer_demo');
  await page.getByLabel('API key').fill(host.apiKey);
  await page.getByRole('button', { name: 'Show usage' }).click();
  await card(page, 'Week over week').getByRole('table').waitFor();
  await showTables(page);
  // The next stop is the first one after what was clicked last.
  await page.getByRole('heading', { level: 1 }).click();

  const stops: string[] = [];
  const invisible: string[] = [];
  for (let stop = await nextStop(page); stop !== undefined; stop = await nextStop(page)) {
    const name = await nameOf(stop);
    stops.push(name);
    if (!(await isFocusVisible(page, stop))) invisible.push(name);
    if (stops.length > MOST_STOPS) break;
  }
  expect(stops.length).toBeGreaterThan(10);
  expect(invisible).toEqual([]);
});

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const wanted = await target.elementHandle();
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    const stop = await nextStop(page);
    if (stop !== undefined && (await stop.evaluate((element, other) => element === other, wanted))) return;
  }
  throw new Error(`Tab does not lead to ${target}`);
}

/** Presses Tab; gives what has the focus then, or nothing at the end of the page. */
async function nextStop(page: Page): Promise<ElementHandle<HTMLElement> | undefined> {
  await page.keyboard.press('Tab');
  const focused = await page.evaluateHandle(() =>
    document.activeElement instanceof HTMLElement && document.activeElement !== document.body
      ? document.activeElement
      : null,
  );
  return focused.asElement() ?? undefined;
}

function nameOf(stop: ElementHandle<HTMLElement>): Promise<string> {
  return stop.evaluate(
    (element) => `${element.tagName} ${element.getAttribute('aria-label') ?? element.innerText.slice(0, 40)}`,
  );
}

/** Whether something looks different while it has the focus. */
async function isFocusVisible(page: Page, stop: ElementHandle<HTMLElement>): Promise<boolean> {
  // What is drawn for a control may be around its label, or its whole row.
  const place = await stop.evaluateHandle(
    (element) => element.closest('label, li') ?? element.parentElement ?? element,
  );
  const box = await place.asElement()?.boundingBox();
  if (box === undefined || box === null) return false;
  const clip = {
    x: Math.max(0, box.x - AROUND),
    y: Math.max(0, box.y - AROUND),
    width: box.width + 2 * AROUND,
    height: box.height + 2 * AROUND,
  };
  const withFocus = await page.screenshot({ clip });
  await stop.evaluate((element) => element.blur());
  const without = await page.screenshot({ clip });
  await stop.evaluate((element) => element.focus());
  return !withFocus.equals(without);
}
