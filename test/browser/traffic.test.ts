import type { Page, Request } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { statsWith } from '../support/host/local-host.ts';
import { card, openDashboard, shownTotal } from './support/dashboard-page.ts';
import { newPeer, record } from './support/hosts.ts';
import { newVisitor } from './support/visitors.ts';

// What a tab that stays open costs: bytes over a minute of its own clock, with a message every few seconds.

const host = inject('host');
const MOST_BYTES_A_MINUTE = 200_000;
const EVERY_SECONDS = 3;
const CHANNELS = ['direct', 'webchat', 'api', 'integration_1', 'integration_2'];

it('an open tab under steady traffic takes at most 0.2 MB a minute', async () => {
  const peerId = newPeer();
  const today = dayOf(Date.now());
  const past = CHANNELS.flatMap((channelId) =>
    Array.from({ length: 60 }, (_, daysAgo) => ({
      channelId,
      conversationId: `${channelId}-${daysAgo}`,
      sentAt: `${addDays(today, -1 - daysAgo)}T12:00:00Z`,
    })),
  );
  await record(host, peerId, past);
  await statsWith(host, peerId, past.length);
  const visitor = await newVisitor(host.url);
  await visitor.context.clock.install();
  const page = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
  await card(page, 'Week over week').getByRole('table').waitFor();
  await page.waitForLoadState('networkidle');

  const answered: Request[] = [];
  visitor.context.on('requestfinished', (request) => answered.push(request));
  for (let second = EVERY_SECONDS; second <= 60; second += EVERY_SECONDS) {
    await record(host, peerId, [{ channelId: 'direct' }]);
    await statsWith(host, peerId, past.length + second / EVERY_SECONDS);
    await passSeconds(page, EVERY_SECONDS);
  }
  await expect.poll(() => shownTotal(page)).toBe(`${past.length + 60 / EVERY_SECONDS} messages`);
  const sizes = await Promise.all(answered.map((request) => request.sizes()));
  const bytes = sizes.reduce(
    (sum, { responseBodySize, responseHeadersSize }) => sum + responseBodySize + responseHeadersSize,
    0,
  );
  // It did ask: figures that nobody asks for cost nothing.
  expect(answered.length).toBeGreaterThan(60 / EVERY_SECONDS);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES_A_MINUTE);
});

/** Lets time pass on the page, and what it asks for then be answered. */
async function passSeconds(page: Page, seconds: number): Promise<void> {
  await page.clock.runFor(seconds * 1_000);
  await page.waitForLoadState('networkidle');
}
