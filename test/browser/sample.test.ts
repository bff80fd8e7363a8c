import { expect, inject, it } from 'vitest';
import type { SampleStatus } from '../../local/sample/sample-status.ts';
import { statsWith } from '../support/host/local-host.ts';
import { card, openDashboard, shownTotal } from './support/dashboard-page.ts';
import { newPeer, record, startEmptyHost } from './support/hosts.ts';
import { newVisitor, type Visitor } from './support/visitors.ts';

const host = inject('host');
const TITLE = 'The sample is loading';

/** Lets a visitor's pages hear what the sample of the local host might be like. */
async function hearing(visitor: Visitor, first: SampleStatus): Promise<(status: SampleStatus) => void> {
  let sample = first;
  await visitor.context.route('**/health', (route) => route.fulfill({ json: { sample } }));
  return (status) => {
    sample = status;
  };
}

const loading = (countedMessages: number, ...peers: string[]): SampleStatus => ({
  state: 'loading',
  countedMessages,
  messages: 30_310,
  peers,
});

it('says how far the sample is, instead of that there are no peers, until there is one', async () => {
  const empty = await startEmptyHost();
  const visitor = await newVisitor(empty.url);
  const tell = await hearing(visitor, loading(0, 'peer_first'));
  const page = await openDashboard(visitor, empty.apiKey);
  const sample = page.getByRole('region', { name: 'Sample' });
  await sample.getByText('0 of 30,310 messages are counted').waitFor();
  expect(await page.getByText('No peers yet').count()).toBe(0);
  expect(await page.getByRole('status').filter({ hasText: TITLE }).count()).toBe(1);
  tell(loading(1_234, 'peer_first'));
  await sample.getByText('1,234 of 30,310 messages are counted').waitFor();
  await record(empty, 'peer_first', [{ channelId: 'direct' }]);
  await page.getByRole('link', { name: 'peer_first' }).click();
  expect(await shownTotal(page)).toBe('1 message');
});

it('judges nothing of a peer whose messages come with the sample before it is loaded, and then by itself', async () => {
  const peerId = newPeer();
  const visitor = await newVisitor(host.url);
  const tell = await hearing(visitor, loading(10, peerId));
  const page = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
  await card(page, 'Channel Usage').getByText("None of this peer's messages").waitFor();
  expect(await card(page, 'Channel Usage').getByText('No messages yet').count()).toBe(0);
  await record(host, peerId, [{ channelId: 'direct' }]);
  await statsWith(host, peerId, 1);
  for (const name of ['Health', 'Week over week'] as const) {
    await card(page, name).getByText('Judged when the sample is loaded.').waitFor();
  }

  tell({ ...loading(30_310, peerId), state: 'loaded' });
  await page.getByRole('region', { name: 'Sample' }).waitFor({ state: 'detached' });
  expect(await page.getByRole('status').filter({ hasText: 'The sample is loaded' }).count()).toBe(1);
  await card(page, 'Health').getByText('Judged on complete UTC days').waitFor();
  await card(page, 'Week over week').getByText('Judged when').waitFor({ state: 'detached' });
});

it('judges other peers while the sample is loaded', async () => {
  const peerId = newPeer();
  await record(host, peerId, [{ channelId: 'direct' }]);
  await statsWith(host, peerId, 1);
  const visitor = await newVisitor(host.url);
  await hearing(visitor, loading(10, 'peer_support'));
  const page = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
  await page.getByRole('region', { name: 'Sample' }).waitFor();
  await card(page, 'Health').getByText('Judged on complete UTC days').waitFor();
});

it('says that the sample could not be loaded', async () => {
  const visitor = await newVisitor(host.url);
  await hearing(visitor, { ...loading(10, 'peer_support'), state: 'failed' });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  await page.getByRole('alert').filter({ hasText: 'The sample could not be loaded' }).waitFor();
});
