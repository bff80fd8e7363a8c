import { describe, expect, inject, it } from 'vitest';
import { statsWith } from '../support/host/local-host.ts';
import { card, chart, enterKey, openDashboard, shownTotal } from './support/dashboard-page.ts';
import { newPeer, record, startEmptyHost } from './support/hosts.ts';
import { createKey, revokeKey } from './support/keys.ts';
import { newVisitor } from './support/visitors.ts';

// Who sees what, and what is said to those who do not.

const host = inject('host');

const REFUSED = 'The API key does not work. It is wrong, has expired or was revoked.';
/** A revoked key stops working within a minute. */
const REVOKED = { timeout: 65_000 };

describe('the API key', () => {
  it('is asked for before anything else', async () => {
    const visitor = await newVisitor(host.url);
    const asked: string[] = [];
    visitor.context.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const page = await visitor.open('/?peer=peer_support');
    await page.getByLabel('API key').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Channel Usage Analytics');
    expect(asked.filter((path) => path.startsWith('/api/'))).toEqual([]);
  });

  it('stays in the tab: another one asks again', async () => {
    const visitor = await newVisitor(host.url);
    const page = await openDashboard(visitor, host.apiKey, '?peer=peer_hr');
    await shownTotal(page);
    const stored = await page.evaluate(() => Object.values({ ...sessionStorage }));
    expect(stored.filter((value) => value.includes(host.apiKey))).toEqual([host.apiKey]);
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(host.apiKey);
    expect(await visitor.context.cookies()).toEqual([]);
    expect(page.url()).toBe(`${host.url}/?peer=peer_hr`);

    await page.reload();
    await shownTotal(page);
    const other = await visitor.open('/?peer=peer_hr');
    await other.getByLabel('API key').waitFor();
  });

  it('can be forgotten', async () => {
    const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_hr');
    await page.getByRole('button', { name: 'Forget key' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await page.reload();
    await page.getByLabel('API key').waitFor();
  });

  it('may be wrong', async () => {
    const visitor = await newVisitor(host.url);
    visitor.expectInConsole('status of 401');
    const page = await openDashboard(visitor, `cua_0123456789abcdef_${'0'.repeat(48)}`);
    await expect.poll(() => page.getByRole('alert').innerText()).toBe(REFUSED);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await enterKey(page, 'not a key');
    await expect
      .poll(() => page.getByRole('alert').innerText())
      .toBe('This is not an API key. A key reads cua_…, without spaces.');
    await enterKey(page, host.apiKey);
    await page.getByRole('region', { name: 'Peers' }).getByRole('link').first().waitFor();
  });

  it('may have been revoked before', async () => {
    const key = await createKey(host.dataFolder, '--peers', 'peer_hr', '--scopes', 'stats:read');
    await revokeKey(host.dataFolder, key);
    const visitor = await newVisitor(host.url);
    visitor.expectInConsole('status of 401');
    const page = await openDashboard(visitor, key);
    await expect.poll(() => page.getByRole('alert').innerText()).toBe(REFUSED);
  });

  it('is asked for again when it is revoked while the page is open', { timeout: 90_000 }, async () => {
    const key = await createKey(host.dataFolder, '--peers', 'peer_hr', '--scopes', 'stats:read');
    const visitor = await newVisitor(host.url);
    visitor.expectInConsole('status of 401');
    const page = await openDashboard(visitor, key, '?peer=peer_hr');
    await shownTotal(page);
    await revokeKey(host.dataFolder, key);
    await expect.poll(() => page.getByRole('alert').allInnerTexts(), REVOKED).toEqual([REFUSED]);
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    expect(new URL(page.url()).search).toBe('?peer=peer_hr');
  });

  it('may lack the scope', async () => {
    const key = await createKey(host.dataFolder, '--all-peers', '--scopes', 'messages:write');
    const visitor = await newVisitor(host.url);
    visitor.expectInConsole('status of 403');
    const page = await openDashboard(visitor, key);
    await expect
      .poll(() => page.getByRole('alert').innerText())
      .toBe('The API key does not have the scope stats:read.');
  });

  it('may be for other peers: one of those can be chosen', async () => {
    const key = await createKey(host.dataFolder, '--peers', 'peer_hr,peer_123', '--scopes', 'stats:read');
    const visitor = await newVisitor(host.url);
    visitor.expectInConsole('status of 403');
    const page = await openDashboard(visitor, key, '?peer=peer_support');
    const alert = page.getByRole('alert');
    await expect.poll(() => alert.innerText()).toContain('Not allowed with this API key');
    const chooser = page.getByRole('combobox', { name: 'Peer' });
    await chooser.click();
    const options = page.getByRole('listbox').getByRole('option');
    await options.filter({ hasText: 'peer_123' }).waitFor();
    expect((await options.allInnerTexts()).map((text) => text.split(/\s/)[0])).toEqual([
      'peer_123',
      'peer_hr',
    ]);
    await options.filter({ hasText: 'peer_hr' }).click();
    expect(await shownTotal(page)).toBe('3,240 messages');
    expect(await alert.count()).toBe(0);
  });
});

describe('where there is nothing to see yet', () => {
  it('a service without peers shows the first one as soon as there is one', async () => {
    const empty = await startEmptyHost();
    const page = await openDashboard(await newVisitor(empty.url), empty.apiKey);
    await page.getByText('No peers yet', { exact: true }).waitFor();
    await record(empty, 'peer_first', [{ channelId: 'direct' }]);
    await page.getByRole('region', { name: 'Peers' }).getByRole('link', { name: 'peer_first' }).click();
    expect(await shownTotal(page)).toBe('1 message');
    expect(new URL(page.url()).search).toBe('?peer=peer_first');
  });

  it('a peer without messages shows the first one as soon as there is one', async () => {
    const peerId = newPeer();
    const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}`);
    await card(page, 'Channel Usage').getByText('No messages yet', { exact: true }).waitFor();
    expect(await shownTotal(page)).toBe('0 messages');
    await record(host, peerId, [{ channelId: 'direct' }]);
    await expect.poll(() => shownTotal(page)).toBe('1 message');
    await chart(page, 'Messages over time').waitFor();
  });

  it('a range without messages says so of every channel', async () => {
    const peerId = newPeer();
    await record(host, peerId, [{ channelId: 'direct' }]);
    await statsWith(host, peerId, 1);
    const search = `?peer=${peerId}&from=2025-01-01&to=2025-01-31`;
    const page = await openDashboard(await newVisitor(host.url), host.apiKey, search);
    expect(await shownTotal(page)).toBe('0 messages');
    const usage = card(page, 'Channel Usage');
    await usage.getByText('No messages in these days.').waitFor();
    expect(await usage.getByRole('listitem').innerText()).toMatch(
      /^Direct\/Web\nno messages\n0 conversations\nno figures before$/,
    );
    await card(page, 'Messages over time').getByText('No messages in this time.').waitFor();
  });
});
