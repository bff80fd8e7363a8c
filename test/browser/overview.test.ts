import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import type { OverviewAnswer } from '../../functions/shared/domain/overview.ts';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { askOverview } from './support/api.ts';
import { openDashboard, shownTotal } from './support/dashboard-page.ts';
import { figure } from './support/expected.ts';
import { createKey } from './support/keys.ts';
import { SAMPLE_PEERS } from './support/sample-host.ts';
import { newVisitor } from './support/visitors.ts';

// All peers of a key, which of them needs attention, and the way to each and back.

const host = inject('host');

function rows(page: Page) {
  return page.getByRole('region', { name: 'Peers' }).locator('tbody tr');
}

/** What the page says of each peer, without the sparkline. */
function shownRows(page: Page): Promise<string[][]> {
  return rows(page).evaluateAll((elements) =>
    elements.map((row) =>
      [
        ...row.querySelectorAll('.overview-peer a, .overview-messages, .overview-warnings, .overview-change'),
      ].map((cell) => {
        const copy = document.createElement('div');
        copy.append(cell.cloneNode(true));
        for (const hidden of copy.querySelectorAll('.overview-unit')) hidden.remove();
        return (copy.textContent ?? '').replace(/[\u2066-\u2069]/g, '').trim();
      }),
    ),
  );
}

function expectedRows({ peers }: OverviewAnswer): string[][] {
  return peers.map(({ peerId, messages, warnings }) => {
    const { change, changePercent, reason } = messages;
    const percent = `${changePercent !== null && changePercent > 0 ? '+' : ''}${changePercent?.toFixed(1)}%`;
    const changed =
      change === null
        ? 'no figures before'
        : reason === 'zero_baseline'
          ? `▲ up ${figure(change)} (new)`
          : change === 0
            ? 'no change'
            : `${change > 0 ? '▲ up' : '▼ down'} ${figure(Math.abs(change))} (${percent})`;
    return [peerId, figure(messages.current), changed, warnings === 0 ? 'none' : figure(warnings)];
  });
}

it('shows what the API says of all peers, those that need attention first', async () => {
  // Other tests make peers meanwhile.
  const key = await createKey(host.dataFolder, '--peers', SAMPLE_PEERS.join(), '--scopes', 'stats:read');
  const page = await openDashboard(await newVisitor(host.url), key);
  await rows(page).first().waitFor();
  const search = page.getByRole('searchbox', { name: 'Search peers' });
  for (const [text, sort] of [
    ['PEER_s', 'attention'],
    ['_', 'messages'],
    ['r', 'name'],
  ] as const) {
    await search.fill(text);
    await page.getByRole('combobox', { name: 'Order by' }).selectOption(sort);
    await expect
      .poll(async () => (await shownRows(page)).slice(0, 50))
      .toEqual(expectedRows(await askOverview({ ...host, apiKey: key }, { search: text, sort })));
  }
  await search.fill('nobody is called so');
  await page.getByText('No peer has “nobody is called so” in its id.').waitFor();
});

it('keeps the order and the search in the address, and opens a peer and comes back', async () => {
  const visitor = await newVisitor(host.url);
  const page = await openDashboard(visitor, host.apiKey, '?sort=name&q=SUPPORT');
  await expect.poll(async () => (await shownRows(page)).map(([name]) => name)).toEqual(['peer_support']);
  expect(await page.getByRole('searchbox', { name: 'Search peers' }).inputValue()).toBe('SUPPORT');
  const link = page.getByRole('link', { name: 'peer_support' });
  expect(await link.getAttribute('href')).toBe('?peer=peer_support');
  await link.press('Enter');
  await expect.poll(() => shownTotal(page)).toMatch(/messages$/);
  expect(new URL(page.url()).search).toBe('?peer=peer_support');
  await page.goBack();
  await expect.poll(async () => (await shownRows(page)).map(([name]) => name)).toEqual(['peer_support']);
  expect(new URL(page.url()).search).toBe('?sort=name&q=SUPPORT');
  await page.goForward();
  await page.getByRole('link', { name: 'All peers' }).click();
  await expect.poll(async () => (await rows(page).count()) > 1).toBe(true);
  expect(new URL(page.url()).search).toBe('');
});

it('is not there for a key that is for one peer, whose figures are shown at once', async () => {
  const key = await createKey(host.dataFolder, '--peers', 'peer_hr', '--scopes', 'stats:read');
  const page = await openDashboard(await newVisitor(host.url), key);
  await expect.poll(() => shownTotal(page)).toMatch(/messages$/);
  expect(new URL(page.url()).search).toBe('?peer=peer_hr');
  expect(await page.getByRole('link', { name: 'All peers' }).count()).toBe(0);
});

it.each([
  ['light', 1280],
  ['dark', 390],
] as const)('has no finding of axe in %s at %i px, and is no wider', async (colorScheme, width) => {
  const visitor = await newVisitor(host.url, { colorScheme, viewport: { width, height: 844 } });
  const page = await openDashboard(visitor, host.apiKey);
  await rows(page).first().waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  const shot = process.env['OVERVIEW_SHOTS'];
  if (shot !== undefined) await page.screenshot({ path: `${shot}/overview-${colorScheme}-${width}.png` });
});

it('asks for one page at a time of a thousand peers, as the reader scrolls', async () => {
  const visitor = await newVisitor(host.url);
  const today = dayOf(Date.now());
  const asked: string[] = [];
  await visitor.context.route('**/api/v1/peers/overview?*', (route) => {
    const cursor = new URL(route.request().url()).searchParams.get('cursor') ?? '0';
    asked.push(cursor);
    return route.fulfill({ json: manyPeers(Number(cursor), today) });
  });
  const page = await openDashboard(visitor, host.apiKey);
  await expect.poll(() => rows(page).count()).toBe(50);
  expect(asked).toEqual(['0']);
  for (let pages = 2; pages <= 20; pages += 1) {
    await expect
      .poll(async () => {
        // Rows that come into sight take their real height, and the end may move on.
        await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
        return rows(page).count();
      })
      .toBeGreaterThanOrEqual(50 * pages);
  }
  expect(asked).toEqual(Array.from({ length: 20 }, (_, number) => String(50 * number)));
  await page.getByText('1,000 peers').waitFor();
});

it('lists more than a thousand peers by name, and says so', async () => {
  const visitor = await newVisitor(host.url);
  const today = dayOf(Date.now());
  visitor.expectInConsole('status of 400');
  await visitor.context.route('**/api/v1/peers/overview?*', (route) => {
    const isOrdered = new URL(route.request().url()).searchParams.get('sort') !== 'name';
    const error = { code: 'invalid_request', message: 'sort must be name', status: 400, requestId: 'r' };
    return isOrdered
      ? route.fulfill({ status: 400, json: { error } })
      : route.fulfill({ json: manyPeers(0, today) });
  });
  const page = await openDashboard(visitor, host.apiKey);
  await page.getByText('More than 1,000 peers are listed by name alone.').waitFor();
  await expect.poll(() => rows(page).count()).toBeGreaterThanOrEqual(50);
});

/** A page of a thousand peers. @param from the number of its first */
function manyPeers(from: number, today: string): OverviewAnswer {
  const peers = Array.from({ length: 50 }, (_, index) => {
    const number = from + index;
    const comparison = {
      current: 2_000 - number,
      previous: 1_000,
      change: 1_000 - number,
      changePercent: 10,
    };
    return {
      peerId: `peer_${String(number).padStart(4, '0')}`,
      messages: comparison,
      conversations: comparison,
      daily: Array.from({ length: 28 }, (_day, day) => (number * 7 + day * 13) % 90),
      warnings: number < 20 ? 2 : 0,
      lastMessageAt: `${today}T08:00:00.000Z`,
      trust: 'current' as const,
    };
  });
  return {
    query: {
      days: 28,
      from: addDays(today, -28),
      to: addDays(today, -1),
      previousRange: { from: addDays(today, -56), to: addDays(today, -29) },
      sort: 'attention',
      timezone: 'UTC',
    },
    peers,
    cursor: from + 50 < 1_000 ? String(from + 50) : null,
    asOf: `${today}T10:00:00Z`,
  };
}
