import { AxeBuilder } from '@axe-core/playwright';
import { beforeAll, expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { statsWith } from '../support/host/local-host.ts';
import { card, openDashboard } from './support/dashboard-page.ts';
import { newPeer, record } from './support/hosts.ts';
import { newVisitor } from './support/visitors.ts';

// What the page says of the health of a peer with many findings of a kind.

const host = inject('host');
const peerId = newPeer();
const silentSince = addDays(dayOf(Date.now()), -12);
const heading = '3 channels are inactive';

beforeAll(async () => {
  const sentAt = `${silentSince}T12:00:00Z`;
  await record(host, peerId, [
    { channelId: 'integration_1', channelName: 'Slack', sentAt },
    { channelId: 'integration_2', channelName: 'Slack', sentAt },
    { channelId: 'integration_3', channelName: 'Email', sentAt },
    { channelId: 'api' },
  ]);
  await statsWith(host, peerId, 4);
});

it('is told in one group of many findings of a kind, which the keyboard opens', async () => {
  const visitor = await newVisitor(host.url, { locale: 'de-DE' });
  const page = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
  const health = card(page, 'Health');
  const group = health.getByText(heading, { exact: true });
  await group.waitFor();
  const sentences = health.getByText(/ has had no message since /);
  expect(await sentences.evaluateAll((shown) => shown.map((one) => one.checkVisibility()))).toEqual([
    false,
    false,
    false,
  ]);
  await group.focus();
  await page.keyboard.press('Enter');
  await sentences.first().waitFor();
  const rest = `has had no message since ${german(silentSince)} (11 days; the limit is 7)`;
  expect(await sentences.allInnerTexts()).toEqual([
    `Slack (integration_1) ${rest}`,
    `Slack (integration_2) ${rest}`,
    `Email ${rest}`,
  ]);
  const yesterday = addDays(dayOf(Date.now()), -1);
  expect(await health.innerText()).toContain(`drops and spikes of ${german(yesterday)}.`);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});

function german(day: string): string {
  return new Date(day).toLocaleDateString('de-DE', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
}
