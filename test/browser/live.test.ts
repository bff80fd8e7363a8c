import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { statsWith } from '../support/host/local-host.ts';
import { setChannel } from './support/api.ts';
import {
  card,
  enterKey,
  openDashboard,
  shownChannels,
  shownTable,
  shownTotal,
} from './support/dashboard-page.ts';
import { newPeer, record, someMessages } from './support/hosts.ts';
import { createKey } from './support/keys.ts';
import { newVisitor } from './support/visitors.ts';

const host = inject('host');

const WITHIN_5_SECONDS = { timeout: 5_000 };
/** Far less than the charts may wait. */
const WITHIN_A_MOMENT = { timeout: 3_000 };
/** The charts follow at most every ten seconds. */
const CHARTS_FOLLOW = { timeout: 15_000 };

it.each<[string, string, string[]]>([
  ['of all time', '', []],
  ['of a range', '&range=last-7-days', ['no figures before']],
])(
  'a message shows in figures %s within 5 seconds, without a reload, and nothing moves',
  async (_figures, range, before) => {
    const peerId = newPeer();
    await record(host, peerId, someMessages('webchat', 'api', 'direct'));
    await statsWith(host, peerId, 6);
    const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}${range}`);
    const overTime = card(page, 'Messages over time');
    await overTime.getByRole('button', { name: 'Show as table' }).click();
    expect(await shownTotal(page)).toBe('6 messages');
    expect((await shownTable(overTime.getByRole('table'))).rows[0]?.slice(1)).toEqual([
      '6',
      ...before,
      '3',
      '2',
      '1',
    ]);
    const placed = await places(page);
    await page.evaluate(() => {
      document.title = 'not reloaded';
    });

    await record(host, peerId, [{ channelId: 'direct', conversationId: 'conversation-2' }]);
    await expect.poll(() => shownTotal(page), WITHIN_5_SECONDS).toBe('7 messages');
    expect(
      (await shownChannels(page)).map(({ name, messages, conversations }) => [name, messages, conversations]),
    ).toEqual([
      ['WebChat', '3 (42.9%)', '1 conversation'],
      ['Direct/Web', '2 (28.6%)', '2 conversations'],
      ['API', '2 (28.6%)', '1 conversation'],
    ]);
    expect(await places(page)).toEqual(placed);
    await expect
      .poll(async () => (await shownTable(overTime.getByRole('table'))).rows[0]?.slice(1), CHARTS_FOLLOW)
      .toEqual(['7', ...before, '3', '2', '2']);
    expect(await page.title()).toBe('not reloaded');
  },
);

it('a channel that is disabled leaves the whole page at once, and comes back with its figures', async () => {
  const peerId = newPeer();
  await record(host, peerId, someMessages('webchat', 'api'));
  const visitor = await newVisitor(host.url);
  const page = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
  const table = card(page, 'Messages over time').getByRole('table');
  await card(page, 'Messages over time').getByRole('button', { name: 'Show as table' }).click();
  await record(host, peerId, [{ channelId: 'api', conversationId: 'conversation-2' }]);
  const followed = ['4', '2', '2'];
  await expect.poll(async () => (await shownTable(table)).rows[0]?.slice(1), CHARTS_FOLLOW).toEqual(followed);

  // The last refresh of the table is a moment ago: it must not wait for the next one.
  await setChannel(host, peerId, 'api', { status: 'disabled' });
  await expect.poll(() => shownTotal(page), WITHIN_5_SECONDS).toBe('2 messages');
  await expect
    .poll(async () => (await shownTable(table)).rows[0]?.slice(1), WITHIN_A_MOMENT)
    .toEqual(['2', '2']);

  await setChannel(host, peerId, 'api', { status: 'enabled' });
  await expect.poll(() => shownTotal(page), WITHIN_5_SECONDS).toBe('4 messages');
  await expect
    .poll(async () => (await shownTable(table)).rows[0]?.slice(1), WITHIN_A_MOMENT)
    .toEqual(followed);
});

it('the service is asked again and again while the page is looked at, and not at all while it is hidden', async () => {
  const visitor = await newVisitor(host.url);
  await visitor.context.clock.install();
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_hr');
  await card(page, 'Week over week').getByRole('table').waitFor();
  let asked = 0;
  page.on('request', (request) => {
    if (request.url().includes('/api/')) asked += 1;
  });

  await page.clock.runFor('00:10');
  await expect.poll(() => asked).toBeGreaterThanOrEqual(1);

  await setVisibility(page, 'hidden');
  await page.waitForLoadState('networkidle');
  asked = 0;
  await page.clock.runFor('10:00');
  expect(asked).toBe(0);

  await setVisibility(page, 'visible');
  await expect.poll(() => asked).toBeGreaterThanOrEqual(1);
});

it('a second window shows new messages that the first one asks for, although its own questions fail', async () => {
  const peerId = newPeer();
  await record(host, peerId, someMessages('webchat', 'api'));
  await statsWith(host, peerId, 3);
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole('net::ERR_');
  const first = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
  expect(await shownTotal(first)).toBe('3 messages');
  const second = await visitor.context.newPage();
  await second.route('**/channel-stats?*', (route) => route.abort());
  await second.goto(`/?peer=${peerId}`);
  await enterKey(second, host.apiKey);
  expect(await shownTotal(second)).toBe('3 messages');

  await record(host, peerId, [{ channelId: 'api', conversationId: 'conversation-2' }]);
  await expect.poll(() => shownTotal(second)).toBe('4 messages');
  await expect.poll(() => second.getByTestId('live-state').innerText()).toMatch(/^Live/);
  expect(await shownTotal(first)).toBe('4 messages');
});

it('a window with another key hears nothing of the first one', async () => {
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole('net::ERR_');
  const otherKey = await createKey(host.dataFolder, '--peers', 'peer_hr', '--scopes', 'stats:read');
  visitor.keepSecret(otherKey);
  const first = await openDashboard(visitor, host.apiKey, '?peer=peer_hr');
  await card(first, 'Week over week').getByRole('table').waitFor();
  const second = await visitor.context.newPage();
  await second.route('**/channel-stats?*', (route) => route.abort());
  await second.goto('/?peer=peer_hr');
  await enterKey(second, otherKey);
  await second.getByRole('alert').waitFor();
  // The first window tells its pages of two more answers, and the second one is not among them.
  for (let answers = 0; answers < 2; answers += 1) {
    await first.waitForResponse((response) => response.url().includes('/channel-stats?'));
  }
  expect(await second.getByTestId('total-messages').count()).toBe(0);
});

/** Where the rows and the parts of the page are. */
async function places(page: Page): Promise<unknown[]> {
  const places = [
    ...(await card(page, 'Channel Usage').getByRole('listitem').all()),
    ...(await page.getByRole('region').all()),
  ];
  return Promise.all(places.map((place) => place.boundingBox()));
}

/** Chromium without a window takes every tab for visible: the page is told otherwise. */
async function setVisibility(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate((visibility) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibility });
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => visibility === 'hidden' });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, state);
}
