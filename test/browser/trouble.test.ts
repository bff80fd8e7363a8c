import { expect, inject, it } from 'vitest';
import { card, chart, openDashboard, shownTotal } from './support/dashboard-page.ts';
import { interrupt, record, startEmptyHost } from './support/hosts.ts';
import { newVisitor } from './support/visitors.ts';

// What is shown when things go wrong, and that the page recovers by itself.

const host = inject('host');

const FIGURES = '**/channel-stats?*';
/** The pauses between attempts grow, up to half a minute. */
const RECOVERED = { timeout: 35_000 };

it('keeps the figures, and says that they are old, while there is no connection', async () => {
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole('net::ERR_');
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  const live = page.getByTestId('live-state');
  await expect.poll(() => live.innerText()).toMatch(/^Live/);
  await chart(page, 'Messages over time').waitFor();

  await visitor.context.setOffline(true);
  await expect.poll(() => live.innerText()).toMatch(/^Connection lost, retrying/);
  const alert = page.getByRole('alert');
  expect(await alert.innerText()).toMatch(/^No connection\n[\s\S]*The figures are those of .* UTC\./);
  expect(await shownTotal(page)).toBe('12,450 messages');

  await visitor.context.setOffline(false);
  await expect.poll(() => live.innerText(), RECOVERED).toMatch(/^Live/);
  expect(await alert.count()).toBe(0);
  expect(await page.getByRole('status').allInnerTexts()).toContain('Connected again');
});

it('goes on when the service was away, and is back', async () => {
  const first = await startEmptyHost();
  await record(first, 'peer_1', [{ channelId: 'direct' }]);
  const visitor = await newVisitor(first.url);
  visitor.expectInConsole('net::ERR_');
  const page = await openDashboard(visitor, first.apiKey, '?peer=peer_1');
  await chart(page, 'Messages over time').waitFor();
  expect(await shownTotal(page)).toBe('1 message');

  const startAgain = await interrupt(first);
  await expect.poll(() => page.getByTestId('live-state').innerText()).toMatch(/^Connection lost, retrying/);
  const second = await startAgain();
  await record(second, 'peer_1', [{ channelId: 'direct' }]);
  await expect.poll(() => shownTotal(page), RECOVERED).toBe('2 messages');
  expect(await page.getByTestId('live-state').innerText()).toMatch(/^Live/);
});

it('says that an answer takes long, and shows it when it comes', async () => {
  const visitor = await newVisitor(host.url);
  await visitor.context.clock.install();
  const release = Promise.withResolvers<void>();
  let held = 0;
  await visitor.context.route(FIGURES, async (route) => {
    held += 1;
    await release.promise;
    await route.continue();
  });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  await expect.poll(() => held).toBe(1);
  expect(await page.getByText('This takes longer than usual.').count()).toBe(0);
  await page.clock.runFor('00:05');
  await page.getByText('This takes longer than usual.').waitFor();
  release.resolve();
  expect(await shownTotal(page)).toBe('12,450 messages');
});

it('asks a busy service again, when that wants to be asked', async () => {
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole('status of 503');
  await visitor.context.route(FIGURES, (route) =>
    route.fulfill({ status: 503, headers: { 'retry-after': '1' }, body: '' }),
  );
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  const alert = page.getByRole('alert');
  await expect.poll(() => alert.innerText()).toMatch(/^The service is busy/);
  await visitor.context.unroute(FIGURES);
  await expect.poll(() => alert.count(), RECOVERED).toBe(0);
  expect(await shownTotal(page)).toBe('12,450 messages');
});

it.each([
  ['an error of the service', 500, '{"error":{"code":"internal_error","message":"something went wrong"}}'],
  ['an answer of another form', 200, '{"channels":5}'],
  ['an answer that is not JSON', 200, '<html>'],
])(
  'shows %s with the id of the request, and tries again at once when asked to',
  async (_what, status, body) => {
    const visitor = await newVisitor(host.url);
    if (status === 500) visitor.expectInConsole('status of 500');
    await visitor.context.route(FIGURES, (route) =>
      route.fulfill({ status, headers: { 'x-request-id': 'request-7' }, body }),
    );
    const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
    const alert = page.getByRole('alert');
    await expect.poll(() => alert.innerText()).toMatch(/^Something went wrong\n[\s\S]*Request request-7/);
    const again = await alert.getByRole('button', { name: 'Try again now' }).elementHandle();
    await visitor.context.unroute(FIGURES);
    // On a busy machine the page may try again by itself before that, and the button is gone.
    await again?.dispatchEvent('click');
    expect(await shownTotal(page)).toBe('12,450 messages');
    await expect.poll(() => alert.count()).toBe(0);
  },
);

it('shows the rest of the page where a part of it fails', async () => {
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole('status of 500', 'status of 404');
  await visitor.context.route('**/channel-stats/growth?*', (route) =>
    route.fulfill({ status: 500, body: '' }),
  );
  await visitor.context.route('**/channel-stats/health', (route) => route.fulfill({ status: 404, body: '' }));
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  await expect
    .poll(() => card(page, 'Week over week').getByRole('alert').innerText())
    .toMatch(/^Something went wrong/);
  expect(await card(page, 'Health').count()).toBe(0);
  await chart(page, 'Messages over time').waitFor();
  expect(await shownTotal(page)).toBe('12,450 messages');
});

it('says of figures that there are newer ones, where a part of the page fails later', async () => {
  const own = await startEmptyHost();
  await record(own, 'peer_1', [{ channelId: 'direct' }]);
  const visitor = await newVisitor(own.url);
  visitor.expectInConsole('status of 500');
  const page = await openDashboard(visitor, own.apiKey, '?peer=peer_1');
  await chart(page, 'Messages over time').waitFor();
  const history = '**/channel-stats/history?*';
  await visitor.context.route(history, (route) => route.fulfill({ status: 500, body: '' }));

  await record(own, 'peer_1', [{ channelId: 'direct' }]);
  await expect.poll(() => shownTotal(page)).toBe('2 messages');
  const note = card(page, 'Messages over time').getByText('Not up to date.');
  await note.waitFor({ timeout: RECOVERED.timeout });
  expect(await chart(page, 'Messages over time').count()).toBe(1);

  await visitor.context.unroute(history);
  await note.waitFor({ state: 'detached', timeout: RECOVERED.timeout });
});

it('offers to reload where the script of the charts is not there any more', async () => {
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole('status of 404', 'Failed to fetch dynamically imported module');
  let isGone = true;
  await visitor.context.route('**/assets/stacked-chart-*.js', (route) =>
    isGone ? route.fulfill({ status: 404, body: '' }) : route.continue(),
  );
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  const overTime = card(page, 'Messages over time');
  await expect.poll(() => overTime.getByRole('alert').innerText()).toMatch(/^The chart could not be loaded/);
  isGone = false;
  await overTime.getByRole('button', { name: 'Reload the page' }).click();
  await chart(page, 'Messages over time').waitFor();
});

it('loads the script of the charts again where the connection went away before it came', async () => {
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole('net::ERR_');
  const script = '**/assets/stacked-chart-*.js';
  await visitor.context.route(script, async (route) => {
    await visitor.context.setOffline(true);
    await route.abort('internetdisconnected');
  });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  await expect.poll(() => page.getByTestId('live-state').innerText()).toMatch(/^Connection lost, retrying/);
  await visitor.context.unroute(script);
  await visitor.context.setOffline(false);
  await chart(page, 'Messages over time').waitFor({ timeout: RECOVERED.timeout });
});
