import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { statsWith } from '../support/host/local-host.ts';
import { askStats } from './support/api.ts';
import { card, openDashboard, shownItems, shownTotal } from './support/dashboard-page.ts';
import { newPeer, record } from './support/hosts.ts';
import { createKey } from './support/keys.ts';
import { newVisitor } from './support/visitors.ts';

// What can be set of a peer by hand, by those whose key may.

const host = inject('host');

async function peerWithChannels(): Promise<string> {
  const peerId = newPeer();
  await record(host, peerId, [
    { channelId: 'direct' },
    { channelId: 'direct' },
    { channelId: 'integration_1', channelName: 'Desk', galleryKey: 'slack' },
  ]);
  await statsWith(host, peerId, 3);
  return peerId;
}

const dialog = (page: Page) => page.getByRole('dialog', { name: /^Settings of / });
const form = (page: Page, channelId: string) =>
  dialog(page).getByRole('form', { name: `Channel ${channelId}` });
const names = async (page: Page) => (await shownItems(card(page, 'Channel Usage'))).map(([name]) => name);

async function seriousThings(page: Page): Promise<unknown[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}

async function openSettings(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await dialog(page).getByRole('form').first().waitFor();
}

it('a name that is set shows at once, and one that is taken away makes room for that of the messages', async () => {
  const peerId = await peerWithChannels();
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}`);
  await openSettings(page);
  const channel = form(page, 'integration_1');
  await channel.getByLabel('Name').fill('Support desk');
  await channel.getByLabel('Name').press('Enter');
  await channel.getByRole('status').filter({ hasText: 'Saved' }).waitFor();
  await expect.poll(() => names(page)).toEqual(['Direct/Web', 'Support desk']);
  expect(await seriousThings(page)).toEqual([]);
  await channel.getByLabel('Name').fill('');
  await channel.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => names(page)).toEqual(['Direct/Web', 'Desk']);
  expect(await channel.getByLabel('Name').inputValue()).toBe('Desk');
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
});

it('what the API would refuse is told at its field, and so is what it refuses', async () => {
  const peerId = await peerWithChannels();
  const visitor = await newVisitor(host.url, { viewport: { width: 390, height: 800 } });
  const page = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
  await openSettings(page);
  const channel = form(page, 'direct');
  await channel.getByLabel('Name').fill(' with white space');
  await channel.getByText(/^channelName must /).waitFor();
  expect(await channel.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  const health = dialog(page).getByRole('form', { name: 'Health thresholds' });
  await health.getByLabel('Inactive after days').fill('0');
  await health.getByText('inactiveAfterDays must be a whole number from 1 to 365').waitFor();
  expect(await seriousThings(page)).toEqual([]);

  const message = 'galleryKey must be one that is known';
  visitor.expectInConsole('status of 400');
  await visitor.context.route('**/channels/direct', (route) =>
    route.fulfill({
      status: 400,
      json: {
        error: { code: 'invalid_request', message, status: 400, details: [{ path: 'galleryKey', message }] },
      },
    }),
  );
  await channel.getByLabel('Name').fill('Web');
  await channel.getByRole('button', { name: 'Save' }).click();
  await channel.getByText(message).waitFor();
  await channel.getByRole('status').filter({ hasText: 'Not saved' }).waitFor();
});

it('a channel is removed after a question, and left out', async () => {
  const peerId = await peerWithChannels();
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}`);
  await openSettings(page);
  const channel = form(page, 'direct');
  await channel.getByLabel('Status').selectOption('removed');
  await channel.getByRole('button', { name: 'Save' }).click();
  await channel.getByRole('button', { name: 'Do not remove' }).click();
  expect((await askStats(host, peerId)).channels).toHaveLength(2);
  await channel.getByRole('button', { name: 'Save' }).click();
  expect(await seriousThings(page)).toEqual([]);
  await channel.getByRole('button', { name: 'Remove', exact: true }).click();
  await channel.getByRole('status').filter({ hasText: 'Saved' }).waitFor();
  await expect.poll(() => shownTotal(page)).toBe('1 message');
  expect((await askStats(host, peerId)).channels.map(({ channelId }) => channelId)).toEqual([
    'integration_1',
  ]);
});

it('thresholds are set, judged by, and set back', async () => {
  const peerId = await peerWithChannels();
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}`);
  await openSettings(page);
  const health = dialog(page).getByRole('form', { name: 'Health thresholds' });
  const limit = health.getByLabel('Inactive after days');
  expect(await limit.inputValue()).toBe('7');
  await limit.fill('14');
  await health.getByLabel('Tell people').uncheck();
  await health.getByRole('button', { name: 'Save' }).click();
  await health.getByRole('status').filter({ hasText: 'Saved' }).waitFor();
  const stored = async () => {
    const response = await fetch(`${host.url}/api/v1/peer/${peerId}/health-settings`, {
      headers: { authorization: `Bearer ${host.apiKey}` },
    });
    return response.json();
  };
  expect(await stored()).toMatchObject({ inactiveAfterDays: 14, alerts: false, leastMedian: 20 });
  await health.getByRole('button', { name: 'Fill in the defaults' }).click();
  await health.getByRole('button', { name: 'Save' }).click();
  await expect.poll(stored).toMatchObject({ inactiveAfterDays: 7, alerts: true });
});

it('are not there for a key that may not set anything', async () => {
  const key = await createKey(host.dataFolder, '--peers', 'peer_support', '--scopes', 'stats:read');
  const page = await openDashboard(await newVisitor(host.url), key, '?peer=peer_support');
  await card(page, 'Week over week').getByRole('table').waitFor();
  await page.waitForLoadState('networkidle');
  expect(await page.getByRole('button', { name: 'Settings' }).count()).toBe(0);
});
