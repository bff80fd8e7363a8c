import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { askGrowth, askHealth, askStats } from './support/api.ts';
import { openDashboard, shownTable } from './support/dashboard-page.ts';
import { change, figure } from './support/expected.ts';
import { createKey } from './support/keys.ts';
import { newVisitor } from './support/visitors.ts';

// Two peers in the same days, side by side.

const host = inject('host');
const PEERS = ['peer_support', 'peer_hr'] as const;

const column = (page: Page, peerId: string) => page.getByRole('region', { name: peerId, exact: true });
const usage = (page: Page, peerId: string) =>
  page.getByRole('region', { name: `Channel Usage ${peerId}`, exact: true });
const total = (page: Page, peerId: string) =>
  usage(page, peerId).and(page.locator('[aria-busy=false]')).getByTestId('total-messages').innerText();
const table = (page: Page) => page.getByRole('region', { name: 'Side by side' }).getByRole('table');
const search = (page: Page) => new URL(page.url()).search;

async function seriousThings(page: Page): Promise<unknown[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}

it.each(['light', 'dark'] as const)(
  'both peers say what the API says of each, in %s colours',
  async (colorScheme) => {
    const visitor = await newVisitor(host.url, { colorScheme, viewport: { width: 1440, height: 900 } });
    const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
    await page.getByRole('button', { name: 'Compare with another peer' }).click();
    await page.getByRole('combobox', { name: 'Compare with' }).fill('peer_h');
    await page.getByRole('option', { name: 'peer_hr' }).click();
    expect(search(page)).toBe('?peer=peer_support&with=peer_hr');
    const stats = await Promise.all(PEERS.map((peerId) => askStats(host, peerId)));
    const growth = await Promise.all(PEERS.map((peerId) => askGrowth(host, peerId)));
    const health = await Promise.all(PEERS.map((peerId) => askHealth(host, peerId)));
    for (const [index, peerId] of PEERS.entries()) {
      await expect
        .poll(() => total(page, peerId))
        .toBe(`${figure(stats[index]?.total.messageCount ?? 0)} messages`);
    }
    const rows = async () =>
      new Map((await shownTable(table(page))).rows.map(([name = '', ...cells]) => [name, cells]));
    await expect.poll(async () => [...(await rows()).values()].flat().includes('…')).toBe(false);
    const shown = await rows();
    expect(shown.get('Messages')).toEqual(stats.map(({ total }) => figure(total.messageCount)));
    expect(shown.get('Conversations')).toEqual(stats.map(({ total }) => figure(total.conversationCount)));
    expect([...shown].find(([name]) => name.startsWith('Messages, '))?.[1]).toEqual(
      growth.map(({ weeks }) => {
        const week = weeks[0]?.total.messages;
        return week && `${figure(week.current)} ${change(week)}`;
      }),
    );
    expect(shown.get('Findings')).toEqual(
      health.map(({ findings }) => {
        const warnings = findings.filter(({ severity }) => severity === 'warning').length;
        return `${findings.length} (${warnings} ${warnings === 1 ? 'warning' : 'warnings'})`;
      }),
    );
    expect(shown.get('Share of WebChat')).toEqual(
      stats.map(({ channels }) => {
        const channel = channels.find(({ galleryKey }) => galleryKey === 'webchat');
        return channel === undefined ? '–' : `${channel.percentage?.toFixed(1)}%`;
      }),
    );
    expect(await seriousThings(page)).toEqual([]);

    await page.getByRole('combobox', { name: 'Range' }).selectOption({ label: 'Last month' });
    await expect.poll(async () => (await rows()).get('Messages')).not.toEqual(shown.get('Messages'));
    await page.getByRole('button', { name: 'Compare no more' }).click();
    expect(search(page)).toBe('?peer=peer_support&range=last-month');
    await page.goBack();
    await usage(page, 'peer_hr').waitFor();
  },
);

it('they are below one another on a telephone', async () => {
  const visitor = await newVisitor(host.url, { viewport: { width: 390, height: 800 } });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support&with=peer_hr');
  await expect.poll(() => total(page, 'peer_hr')).toBe('3,240 messages');
  const [first, second] = await Promise.all(PEERS.map((peerId) => column(page, peerId).boundingBox()));
  expect(first && second && [second.x === first.x, second.y > first.y + first.height]).toEqual([true, true]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
});

it('a second peer that the key may not see is told, and so is one that has nothing; the first is as usual', async () => {
  const key = await createKey(
    host.dataFolder,
    '--peers',
    'peer_support,peer_nobody',
    '--scopes',
    'stats:read',
  );
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole('status of 403');
  const page = await openDashboard(visitor, key, '?peer=peer_support&with=peer_hr');
  await column(page, 'peer_hr').getByText('Not allowed with this API key').waitFor();
  await expect.poll(() => total(page, 'peer_support')).toBe('12,450 messages');
  expect(await seriousThings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Compare no more' }).click();
  await page.getByRole('button', { name: 'Compare with another peer' }).click();
  await page.getByRole('combobox', { name: 'Compare with' }).fill('peer_nobody');
  await page.getByRole('option', { name: 'peer_nobody' }).click();
  await column(page, 'peer_nobody').getByText('No messages yet').waitFor();
  await expect.poll(() => total(page, 'peer_support')).toBe('12,450 messages');
});
