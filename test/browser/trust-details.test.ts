import { AxeBuilder } from '@axe-core/playwright';
import { expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { askStats, askTrust } from './support/api.ts';
import { openDashboard } from './support/dashboard-page.ts';
import { days } from './support/expected.ts';
import { newVisitor } from './support/visitors.ts';

// What the service says of how far the figures may be trusted, in a popover.

const host = inject('host');
const peerId = 'peer_support';

it('opens and closes by keyboard, with all that the API says', async () => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}`);
  const opener = page.getByRole('button', { name: /^Complete up to / });
  await opener.focus();
  expect(await opener.getAttribute('aria-expanded')).toBe('false');
  await page.keyboard.press('Enter');
  const details = page.getByRole('dialog', { name: 'Trust in the figures' });
  await details.waitFor();
  const trust = await askTrust(host, peerId);
  const { channels } = await askStats(host, peerId);
  const shown = async () => {
    const [terms, values] = await Promise.all([
      details.getByRole('term').allInnerTexts(),
      details.getByRole('definition').allInnerTexts(),
    ]);
    return new Map(terms.map((term, index) => [term, values[index]]));
  };
  const told = await shown();
  expect(told.get('Counting')).toBe('up to date');
  expect(told.get('First counted day')).toBe(days(trust.firstCountedDay ?? ''));
  expect(told.get('Quarantined, last 30 days')).toBe('0 messages');
  expect(told.get('Given up, last 30 days')).toBe('0 messages');
  for (const { channelId, channelName } of channels) {
    const { lastMessageAt } = trust.channels.find((one) => one.channelId === channelId) ?? {};
    const day = lastMessageAt?.slice(0, 10);
    expect(told.get(channelName)).toContain(
      day === undefined ? 'never' : day === dayOf(Date.now()) ? 'UTC' : days(day),
    );
  }
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'detached' });
  expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true);
});

it.each(['light', 'dark'] as const)(
  'looks different where something is missing, in %s colours',
  async (colorScheme) => {
    const visitor = await newVisitor(host.url, { colorScheme, viewport: { width: 390, height: 800 } });
    const trust = await askTrust(host, peerId);
    await visitor.context.route('**/channel-stats/trust', (route) =>
      route.fulfill({
        json: {
          ...trust,
          status: 'incomplete',
          notCounted: { quarantined: 2, givenUp: 1 },
          audited: { at: `${addDays(dayOf(Date.now()), -3)}T10:00:00Z`, result: 'differs' },
        },
      }),
    );
    const page = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
    await page.getByRole('button', { name: /^Counted up to / }).click();
    const details = page.getByRole('dialog', { name: 'Trust in the figures' });
    await details.waitFor();
    const urgent = details.locator('[data-attention]');
    expect((await urgent.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
      'Counting up to date, some messages are not counted',
      'Quarantined, last 30 days 2 messages',
      'Given up, last 30 days 1 message',
      expect.stringMatching(/^Last audit differs; the operators are told \(/),
    ]);
    const box = await details.boundingBox();
    expect(box !== null && box.x >= 0 && box.x + box.width <= 390).toBe(true);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  },
);
