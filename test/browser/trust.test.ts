import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import type { Trust } from '../../functions/shared/domain/trust.ts';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { statsWith } from '../support/host/local-host.ts';
import { askTrust } from './support/api.ts';
import { card, openDashboard, shownTotal } from './support/dashboard-page.ts';
import { startExample } from './support/example-sites.ts';
import { newPeer, record, startStoppableHost } from './support/hosts.ts';
import { createKey } from './support/keys.ts';
import { newVisitor, type Visitor } from './support/visitors.ts';

// Up to when figures are complete, on the page and on the web component.

const host = inject('host');
const TRUST = '**/channel-stats/trust';

/** Lets a visitor's pages hear what trust might be like. */
async function hearing(visitor: Visitor, change: Partial<Trust>): Promise<(change: Partial<Trust>) => void> {
  const trust = await askTrust(host, 'peer_support');
  let told = change;
  await visitor.context.route(TRUST, (route) => route.fulfill({ json: { ...trust, ...told } }));
  return (other) => {
    told = other;
  };
}

const notice = (page: Page) => page.getByRole('region', { name: 'Trust in the figures' });
const shortly = (page: Page) => page.getByTestId('trust-state');
const announced = (page: Page, text: string) => page.getByRole('status').filter({ hasText: text });

async function seriousThings(page: Page): Promise<unknown[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}

it('the page says that counting has stopped, with its figures live, and says no more when it goes on', async () => {
  const own = await startStoppableHost();
  const peerId = newPeer();
  await record(own, peerId, [{ channelId: 'direct' }]);
  await statsWith(own, peerId, 1);
  const visitor = await newVisitor(own.url);
  const page = await openDashboard(visitor, own.apiKey, `?peer=${peerId}`);
  await expect.poll(() => shortly(page).innerText()).toMatch(/^Complete up to \d\d:\d\d:\d\d [AP]M UTC$/);
  expect(await notice(page).count()).toBe(0);

  own.stopCounting();
  await record(own, peerId, [{ channelId: 'direct' }]);
  await announced(page, 'Counting has stopped').waitFor({ state: 'attached' });
  expect(await notice(page).innerText()).toMatch(
    /^Counting has stopped\n[\s\S]*behind since .* UTC[\s\S]*may be missing[\s\S]*a zero may be one that was not counted yet/,
  );
  expect(await page.getByTestId('live-state').innerText()).toMatch(/^Live/);
  expect(await shownTotal(page)).toBe('1 message');

  own.goOnCounting();
  await notice(page).waitFor({ state: 'detached' });
  expect(await announced(page, 'The figures are complete again').count()).toBe(1);
  await expect.poll(() => shownTotal(page)).toBe('2 messages');
});

it.each(['light', 'dark'] as const)(
  'what may be missing is told to everyone, in %s colours',
  async (colorScheme) => {
    const visitor = await newVisitor(host.url, {
      colorScheme,
      locale: 'en-GB',
      viewport: { width: 360, height: 740 },
    });
    await visitor.context.clock.install();
    const yesterday = addDays(dayOf(Date.now()), -1);
    const tell = await hearing(visitor, { status: 'behind', countedThrough: `${yesterday}T10:00:05Z` });
    const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
    await announced(page, 'Counting is behind').waitFor({ state: 'attached' });
    const day = new Date(yesterday).toLocaleDateString('en-GB', {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      timeZone: 'UTC',
    });
    expect(await shortly(page).innerText()).toBe(`Complete up to ${day}, 10:00:05 UTC`);
    await card(page, 'Week over week').getByRole('table').waitFor();
    expect(await seriousThings(page)).toEqual([]);

    tell({ status: 'incomplete', notCounted: { quarantined: 2, givenUp: 1 } });
    await page.clock.fastForward('00:10');
    await announced(page, 'Some messages are not counted').waitFor({ state: 'attached' });
    expect(await notice(page).innerText()).toContain(
      '2 messages were quarantined as not countable and 1 message was',
    );
    expect(await notice(page).getByRole('link').getAttribute('href')).toBe('docs#lookUpMessages');
    expect(await seriousThings(page)).toEqual([]);

    tell({ status: 'stalled', countedThrough: null, lagSeconds: null });
    await page.clock.fastForward('00:10');
    await announced(page, 'Counting has not reported yet').waitFor({ state: 'attached' });
    expect(await shortly(page).innerText()).toBe('Not known yet up to when figures are complete');
    expect(await seriousThings(page)).toEqual([]);
  },
);

it.each([404, 500])('the figures are there where trust is answered with %i', async (status) => {
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole(`status of ${status}`);
  await visitor.context.route(TRUST, (route) => route.fulfill({ status, body: '' }));
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  expect(await shownTotal(page)).toBe('12,450 messages');
  await card(page, 'Week over week').getByRole('table').waitFor();
  expect(await page.getByTestId('live-state').innerText()).toMatch(/^Live/);
  expect([await page.getByRole('alert').count(), await shortly(page).innerText()]).toEqual([0, '']);
});

it('nothing is said of counting while the messages of the peer come with the sample', async () => {
  const visitor = await newVisitor(host.url);
  let state = 'loading';
  await visitor.context.route('**/health', (route) =>
    route.fulfill({ json: { sample: { state, countedMessages: 10, messages: 30_310, peers: ['peer_hr'] } } }),
  );
  await hearing(visitor, { status: 'stalled' });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_hr');
  await page.getByRole('region', { name: 'Sample' }).waitFor();
  await card(page, 'Week over week').getByText('Judged when the sample is loaded.').waitFor();
  expect([await notice(page).count(), await shortly(page).innerText()]).toEqual([0, '']);

  state = 'loaded';
  await notice(page).waitFor();
});

it('health that could not be judged is judged by itself when counting has passed the day', async () => {
  const visitor = await newVisitor(host.url);
  const day = addDays(dayOf(Date.now()), -1);
  const health = '**/channel-stats/health';
  await visitor.context.route(health, (route) =>
    route.fulfill({
      json: {
        status: 'attention',
        findings: [
          {
            code: 'counting_behind',
            severity: 'warning',
            message: 'not judged',
            evidence: { day, countedThrough: `${day}T10:00:05Z`, lagSeconds: 40_800 },
          },
        ],
      },
    }),
  );
  await visitor.context.clock.install();
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  const shown = card(page, 'Health');
  await shown.getByText('nothing is judged by it').waitFor();
  expect(await shown.getByText('All is as usual').count()).toBe(0);
  await shown.getByText('Figures').click();
  expect(await shown.getByRole('definition').allInnerTexts()).toContain('40,800');
  await visitor.context.unroute(health);
  await page.clock.fastForward('00:10');
  await shown.getByText('nothing is judged by it').waitFor({ state: 'detached' });
});

it('the web component says it too, and stays as it was where the proxy does not tell', async () => {
  const own = await startStoppableHost();
  await record(own, 'peer_support', [{ channelId: 'direct' }]);
  await statsWith(own, 'peer_support', 1);
  const key = await createKey(own.dataFolder, '--peers', 'peer_support,peer_hr', '--scopes', 'stats:read');
  const site = await startExample({ folder: 'examples/embed', serviceUrl: own.url, key });
  const visitor = await newVisitor(site.url);
  await visitor.context.clock.install();
  const page = await visitor.open();
  const usage = page.getByRole('region', { name: 'Channel Usage' });
  await usage.getByText(/^Complete up to .* UTC$/).waitFor();
  const said = usage.getByRole('status').filter({ hasText: 'Counting is behind' });
  expect(await said.count()).toBe(0);

  own.stopCounting();
  // It asks every half a minute, and nobody waits for that.
  const isSaid = async () => {
    await page.clock.fastForward('00:30');
    return said.count();
  };
  await expect.poll(isSaid, { interval: 1_000 }).toBe(1);
  expect(await usage.getByTestId('total-messages').innerText()).toBe('1 message');
  expect(await seriousThings(page)).toEqual([]);
  own.goOnCounting();
  await expect.poll(isSaid, { interval: 1_000 }).toBe(0);

  const other = await newVisitor(site.url);
  other.expectInConsole('status of 403');
  await other.context.route(TRUST, (route) => route.fulfill({ status: 403, body: '' }));
  await other.context.addInitScript(() => {
    document.addEventListener('channel-usage-error', () => {
      throw new Error('an error was announced');
    });
  });
  const plain = await other.open();
  const plainCard = plain.getByRole('region', { name: 'Channel Usage' });
  await expect.poll(() => plainCard.getByTestId('total-messages').innerText()).toBe('1 message');
  await plain.waitForLoadState('networkidle');
  expect(await plainCard.getByText('Complete up to').count()).toBe(0);
});
