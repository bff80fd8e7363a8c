import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { dayOf } from '../../functions/shared/domain/utc-day.ts';
import { statsWith } from '../support/host/local-host.ts';
import { card, openDashboard, shownTotal } from './support/dashboard-page.ts';
import { days } from './support/expected.ts';
import { newPeer, record } from './support/hosts.ts';
import { newVisitor } from './support/visitors.ts';

// How the reader chooses whose figures to see.

const host = inject('host');

it('peers are found by anything in their ids, whatever its case', async () => {
  const prefix = newPeer();
  for (const peerId of [`${prefix}-a`, `${prefix}-b`]) {
    await record(host, peerId, [{ channelId: 'direct' }]);
    await statsWith(host, peerId, 1);
  }
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_hr');
  await chooser(page).fill(prefix.slice(7).toUpperCase());
  const active = `last active ${days(dayOf(Date.now()))}`;
  await expect
    .poll(async () => (await options(page).allInnerTexts()).map((text) => text.split('\n').filter(Boolean)))
    .toEqual([
      [`${prefix}-a`, active],
      [`${prefix}-b`, active],
      [`Open “${prefix.slice(7).toUpperCase()}” by its id`, 'not found'],
    ]);
  await options(page)
    .filter({ hasText: `${prefix}-b` })
    .click();
  await expect.poll(() => shownTotal(page)).toBe('1 message');
  expect(new URL(page.url()).search).toBe(`?peer=${prefix}-b`);
});

it('a peer that is not found is said not to be, and can be opened by its id', async () => {
  const peerId = newPeer();
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_hr');
  await chooser(page).fill(peerId);
  await options(page)
    .filter({ hasText: `Open “${peerId}” by its id` })
    .filter({ hasText: 'not found' })
    .waitFor();
  await chooser(page).press('Enter');
  await card(page, 'Channel Usage').getByText('No messages yet', { exact: true }).waitFor();
  expect(new URL(page.url()).search).toBe(`?peer=${peerId}`);
});

it('peers that were opened before come first, until the key is forgotten', async () => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_support');
  await shownTotal(page);
  await chooser(page).fill('demo');
  await options(page).filter({ hasText: 'peer_demo' }).click();
  await expect.poll(() => chooser(page).inputValue()).toBe('peer_demo');
  await shownTotal(page);
  await chooser(page).click();
  await expect
    .poll(async () => (await options(page).allInnerTexts()).slice(0, 2).map((text) => text.split('\n')[0]))
    .toEqual(['peer_demo', 'peer_support']);
  await page.getByRole('button', { name: 'Forget key' }).click();
  await page.getByLabel('API key').waitFor();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

it('an id may hold what addresses and pages give a meaning to', async () => {
  const peerId = `${newPeer()} <b>&"#%2F?ü`;
  await record(host, encodeURIComponent(peerId), [{ channelId: '<i>', channelName: '<img src=x>' }]);
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    `?${new URLSearchParams({ peer: peerId })}`,
  );
  await expect.poll(() => shownTotal(page)).toBe('1 message');
  expect(await chooser(page).inputValue()).toBe(peerId);
  expect(await card(page, 'Channel Usage').getByRole('listitem').innerText()).toMatch(/^<img src=x>\n/);
});

function chooser(page: Page) {
  return page.getByRole('combobox', { name: 'Peer' });
}

function options(page: Page) {
  return page.getByRole('listbox').getByRole('option');
}
