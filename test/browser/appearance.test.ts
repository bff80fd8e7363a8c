import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, inject, it } from 'vitest';
import { statsWith } from '../support/host/local-host.ts';
import { card, chart, openDashboard, shownItems, shownTotal, showTables } from './support/dashboard-page.ts';
import { newPeer, record } from './support/hosts.ts';
import { newVisitor } from './support/visitors.ts';

// How the page looks, and whether everyone can use it.

const host = inject('host');

const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1920, height: 1080 };

describe('the colour scheme', () => {
  it('is the one that the reader prefers', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const visitor = await newVisitor(host.url, { colorScheme });
      expect(await brightness(await visitor.open())).toBe(colorScheme);
    }
  });

  it('can be switched, and is remembered in other tabs and visits', async () => {
    const visitor = await newVisitor(host.url, { colorScheme: 'light' });
    const page = await openDashboard(visitor, host.apiKey, '?peer=peer_hr');
    await page.getByRole('button', { name: 'Switch to dark mode' }).click();
    await expect.poll(() => brightness(page)).toBe('dark');
    await page.reload();
    await page.getByRole('button', { name: 'Switch to light mode' }).waitFor();
    expect(await brightness(page)).toBe('dark');
    expect(await brightness(await visitor.open())).toBe('dark');
    await page.getByRole('button', { name: 'Switch to light mode' }).click();
    await expect.poll(() => brightness(page)).toBe('light');
  });
});

describe('numbers', () => {
  it('are written as the reader writes them', async () => {
    const visitor = await newVisitor(host.url, { locale: 'de-DE' });
    const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
    expect(await shownTotal(page)).toBe('12.450 messages');
    expect(await card(page, 'Channel Usage').getByRole('listitem').first().innerText()).toMatch(
      /8\.245 \(66,2\s%\)/,
    );
  });
});

describe.each(['peer_support', 'peer_demo'])('at any width, %s', (peerId) => {
  it('is there as a whole 360 pixels wide', async () => {
    const page = await openEverything(peerId, { viewport: NARROW });
    expect([...(await tooWide(page)), ...(await cutOff(page))]).toEqual([]);
    const [usage, overTime] = await Promise.all(
      (['Channel Usage', 'Messages over time'] as const).map((name) => card(page, name).boundingBox()),
    );
    expect(overTime?.x).toBe(usage?.x);
  });

  it('has its charts beside the figures 1920 pixels wide', async () => {
    const page = await openEverything(peerId, { viewport: WIDE });
    expect([...(await tooWide(page)), ...(await cutOff(page))]).toEqual([]);
    const [usage, overTime] = await Promise.all(
      (['Channel Usage', 'Messages over time'] as const).map((name) => card(page, name).boundingBox()),
    );
    expect(overTime?.y).toBe(usage?.y);
    expect(overTime?.x).toBeGreaterThan((usage?.x ?? 0) + (usage?.width ?? 0));
  });
});

it.each([NARROW, WIDE])('long names break nothing, $width pixels wide', async (viewport) => {
  const peerId = newPeer();
  await record(host, peerId, [
    { channelId: 'c'.repeat(128), channelName: 'n'.repeat(128) },
    { channelId: 'd'.repeat(128), channelName: 'n'.repeat(128) },
  ]);
  await statsWith(host, peerId, 2);
  const page = await openDashboard(await newVisitor(host.url, { viewport }), host.apiKey, `?peer=${peerId}`);
  for (const name of ['Messages over time', 'New conversations'] as const) await chart(page, name).waitFor();
  await card(page, 'Week over week').getByRole('table').waitFor();
  await chart(page, 'Messages over time').hover();
  await card(page, 'Messages over time').locator('.bar-tooltip').waitFor();
  expect(await tooWide(page)).toEqual([]);
  expect((await shownItems(card(page, 'Channel Usage'))).map((lines) => lines.slice(-2))).toEqual(
    Array(2).fill(['1 (50.0%)', '1 conversation']),
  );
});

describe('axe finds nothing serious', () => {
  it('in the form for the key, before and after a wrong one', async () => {
    const visitor = await newVisitor(host.url);
    visitor.expectInConsole('status of 401');
    const page = await visitor.open();
    await page.getByLabel('API key').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByLabel('API key').fill('cua_wrong_key');
    await page.getByRole('button', { name: 'Show usage' }).click();
    await page.getByRole('alert').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });

  it.each([
    ['a light page', { colorScheme: 'light' }],
    ['a dark page', { colorScheme: 'dark' }],
    ['a narrow page', { viewport: NARROW }],
  ] as const)('in %s, with charts and with tables', async (_what, options) => {
    // By month: axe takes long for long tables.
    const page = await openEverything('peer_demo&interval=month', options);
    expect(await seriousViolations(page)).toEqual([]);
    await showTables(page);
    await page.getByRole('button', { name: 'Show earlier weeks' }).click();
    for (const figures of await page.getByText('Figures', { exact: true }).all()) await figures.click();
    expect(await seriousViolations(page)).toEqual([]);
  });

  it('with the list of peers open', async () => {
    const page = await openEverything('peer_support', {});
    await page.getByRole('combobox', { name: 'Peer' }).click();
    await page.getByRole('listbox').getByRole('option').first().waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('while the service is busy, in %s', async (colorScheme) => {
    const visitor = await newVisitor(host.url, { colorScheme });
    visitor.expectInConsole('status of 503');
    await visitor.context.route('**/channel-stats?*', (route) => route.fulfill({ status: 503, body: '' }));
    const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
    await page.getByRole('alert').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });

  it('where a peer has no messages', async () => {
    const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_nobody');
    await page.getByText('No messages yet', { exact: true }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });
});

/** Opens a peer's page, with all that is loaded after the first figures. */
async function openEverything(peerId: string, options: Parameters<typeof newVisitor>[1]): Promise<Page> {
  const page = await openDashboard(await newVisitor(host.url, options), host.apiKey, `?peer=${peerId}`);
  for (const name of ['Messages over time', 'New conversations'] as const) await chart(page, name).waitFor();
  await card(page, 'Week over week').getByRole('table').waitFor();
  await card(page, 'Health').getByRole('listitem').first().waitFor();
  return page;
}

async function brightness(page: Page): Promise<'light' | 'dark'> {
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const channels = background.match(/\d+/g)?.slice(0, 3).map(Number) ?? [];
  return channels.reduce((sum, channel) => sum + channel, 0) < 3 * 128 ? 'dark' : 'light';
}

/** What makes the page scroll to the side. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return Array.from(document.body.querySelectorAll('*'))
      .filter((element) => element.getBoundingClientRect().right > clientWidth)
      .map((element) => `${element.tagName}.${element.className} is too wide`);
  });
}

/** Texts that are hidden in part. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.body.querySelectorAll('*')) {
      const { overflowX } = getComputedStyle(element);
      // What is for screen readers alone is a pixel wide.
      const isHidden = element.clientWidth <= 1;
      if (isHidden || (overflowX !== 'hidden' && overflowX !== 'clip')) continue;
      if (element.scrollWidth > element.clientWidth + 1) found.push(`"${element.textContent}" is cut off`);
    }
    return found;
  });
}

async function seriousViolations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    );
}
