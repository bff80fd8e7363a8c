import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { enterKey, openDashboard, shownTotal } from './support/dashboard-page.ts';
import { createKey } from './support/keys.ts';
import { newVisitor, type Visitor } from './support/visitors.ts';

// Sharing from the dialog, and what whoever has a link sees.

const host = inject('host');
const PEER = 'peer_hr';

const made = z.object({ id: z.string(), url: z.string(), key: z.string(), expiresAt: z.string() });

async function makeLink(json: object = {}): Promise<z.output<typeof made>> {
  const response = await fetch(`${host.url}/api/v1/peer/${PEER}/share-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${host.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });
  expect(response.status).toBe(201);
  return made.parse(await response.json());
}

async function revoke(id: string): Promise<void> {
  const response = await fetch(`${host.url}/api/v1/peer/${PEER}/share-links/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${host.apiKey}` },
  });
  expect(response.status).toBe(204);
}

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** Opens a link as a browser does to which somebody gives its address. */
async function openLink(visitor: Visitor, url: string): Promise<Page> {
  const { pathname, search, hash } = new URL(url);
  return visitor.open(`${pathname}${search}${hash}`);
}

const until = (instant: string) =>
  new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' }).format(Date.parse(instant));

describe('a share link', () => {
  it('shows its peer to somebody without a key, read-only, and says until when', async () => {
    const link = await makeLink({ expiresInDays: 7, label: 'Board' });
    const visitor = await newVisitor(host.url);
    const page = await openLink(visitor, link.url);
    expect(await shownTotal(page)).toBe('3,240 messages');
    expect(await page.getByText('Shared read-only').innerText()).toBe(
      `Shared read-only, until ${until(link.expiresAt)}`,
    );
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(PEER);
    for (const name of ['Share', 'Forget key', 'Compare with another peer', 'Back to your own view']) {
      expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0);
    }
    expect(await page.getByRole('combobox', { name: 'Peer' }).count()).toBe(0);
    await isAccessible(page);
  });

  it('leaves nothing of its key in the address and the history, and asks for nothing with it in an address', async () => {
    const link = await makeLink();
    const visitor = await newVisitor(host.url);
    const asked: string[] = [];
    visitor.context.on('request', (request) => asked.push(request.url(), request.headers()['referer'] ?? ''));
    const page = await visitor.open('/docs');
    const before = await page.evaluate(() => history.length);
    await page.goto(link.url);
    await shownTotal(page);
    expect(page.url()).toBe(`${host.url}/?peer=${PEER}`);
    expect(await page.evaluate(() => history.length)).toBe(before + 1);
    const withKey = asked.filter((text) => text.includes(link.key) && !text.includes('#key='));
    expect(withKey).toEqual([]);
    await page.goBack();
    await page.goForward();
    await shownTotal(page);
    expect(page.url()).toBe(`${host.url}/?peer=${PEER}`);
    await page.reload();
    await page.getByText('Shared read-only').waitFor();
    const other = await visitor.open(`/?peer=${PEER}`);
    await other.getByLabel('API key').waitFor();
  });

  it('shows its own peer, whichever the address names', async () => {
    const link = await makeLink();
    const visitor = await newVisitor(host.url);
    const page = await openLink(visitor, link.url.replace(PEER, 'peer_support'));
    expect(await shownTotal(page)).toBe('3,240 messages');
    expect(page.url()).toBe(`${host.url}/?peer=${PEER}`);
  });

  it('that does not work says so, and asks for no key before the reader wants it', async () => {
    const link = await makeLink();
    await revoke(link.id);
    const visitor = await newVisitor(host.url);
    visitor.expectInConsole('status of 401');
    for (const url of [link.url, `${host.url}/?peer=${PEER}#key=nonsense`]) {
      const page = await openLink(visitor, url);
      await page.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
      expect(await page.getByLabel('API key').count()).toBe(0);
      await isAccessible(page);
    }
  });

  it('leaves the own key of the tab alone', async () => {
    const link = await makeLink();
    const visitor = await newVisitor(host.url);
    const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
    const own = await shownTotal(page);
    await page.goto(link.url);
    expect(await shownTotal(page)).toBe('3,240 messages');
    await page.getByRole('button', { name: 'Back to your own view' }).click();
    await page.getByRole('combobox', { name: 'Peer' }).waitFor();
    await page.goto('/?peer=peer_support');
    expect(await shownTotal(page)).toBe(own);
    // The same page, but for the part behind the `#`: no page is loaded for that.
    await page.goto(`/?peer=${PEER}`);
    await shownTotal(page);
    await page.evaluate((hash) => {
      window.location.hash = hash;
    }, new URL(link.url).hash);
    await page.getByText('Shared read-only').waitFor();
    expect(page.url()).toBe(`${host.url}/?peer=${PEER}`);
  });
});

describe('the share dialog', () => {
  it('makes a link that works, lists it without its key, and revokes it', async () => {
    const visitor = await newVisitor(host.url);
    await visitor.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await openDashboard(visitor, host.apiKey, `?peer=${PEER}`);
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: `Share ${PEER}` });
    await dialog.getByLabel('Label').fill('For the audit');
    await dialog.getByLabel('Works for').selectOption('7');
    await isAccessible(page);
    await dialog.getByRole('button', { name: 'Make a link' }).click();
    const url = await dialog.getByRole('textbox', { name: 'The link' }).inputValue();
    await dialog.getByRole('button', { name: 'Copy' }).click();
    await dialog.getByText('The link is copied.').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(url);
    await isAccessible(page);

    const reader = await openLink(await newVisitor(host.url), url);
    expect(await shownTotal(reader)).toBe('3,240 messages');

    const row = dialog.getByRole('listitem').filter({ hasText: 'For the audit' });
    const id = /#key=cua_(link[0-9a-f]+)_/.exec(url)?.[1] ?? '';
    expect(await row.innerText()).toContain(`id …${id.slice(-6)}`);
    await row.getByRole('button', { name: 'Revoke' }).click();
    await expect.poll(() => row.count()).toBe(0);
    expect(await dialog.getByRole('textbox', { name: 'The link' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
  });

  it('is there for a key with the scope alone', async () => {
    const key = await createKey(host.dataFolder, '--peers', PEER, '--scopes', 'stats:read');
    const visitor = await newVisitor(host.url);
    const page = await visitor.open(`/?peer=${PEER}`);
    const told = page.waitForResponse((response) => response.url().endsWith('/api/v1/key'));
    await enterKey(page, key);
    await told;
    await shownTotal(page);
    expect(await page.getByRole('button', { name: 'Share', exact: true }).count()).toBe(0);
  });
});
