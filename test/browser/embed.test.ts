import type { Locator, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type RunningHost, statsWith } from '../support/host/local-host.ts';
import { askStats } from './support/api.ts';
import { shownItems } from './support/dashboard-page.ts';
import { type ExampleSite, startExample } from './support/example-sites.ts';
import { counted, figure } from './support/expected.ts';
import { interrupt, record, startEmptyHost } from './support/hosts.ts';
import { createKey } from './support/keys.ts';
import { newVisitor, type Visitor } from './support/visitors.ts';

// The web component, on the page of somebody else.

/** The component asks every five seconds. */
const FOLLOWS = { timeout: 8_000 };
const RECOVERED = { timeout: 40_000 };

const OLD = 'Not up to date: the figures cannot be reached. Trying again.';

describe('<channel-usage>', () => {
  let host: RunningHost;
  let key: string;
  let site: ExampleSite;
  let visitor: Visitor;

  beforeEach(async () => {
    host = await startEmptyHost();
    key = await createKey(host.dataFolder, '--peers', 'peer_support,peer_hr', '--scopes', 'stats:read');
    site = await startExample({ folder: 'examples/embed', serviceUrl: host.url, key });
    visitor = await newVisitor(site.url);
    visitor.keepSecret(key);
  });

  it('says that there are no messages, and shows them when they come, as the API counts them', async () => {
    const page = await visitor.open();
    const usage = card(page);
    await expect.poll(() => usage.getByRole('status').first().innerText()).toBe('No messages yet.');
    await record(host, 'peer_support', [
      { channelId: 'integration_1', channelName: 'Slack Support', galleryKey: 'slack' },
      { channelId: 'integration_1' },
      { channelId: 'direct' },
    ]);
    await statsWith(host, 'peer_support', 3);
    await expect.poll(() => usage.getByTestId('total-messages').innerText(), FOLLOWS).toBe('3 messages');
    const { channels } = await askStats(host, 'peer_support');
    expect(await shownItems(usage)).toEqual(
      channels.map(({ channelName, messageCount, percentage, conversationCount }) => [
        channelName,
        `${figure(messageCount)} (${percentage?.toFixed(1)}%)`,
        counted(conversationCount, 'conversation'),
      ]),
    );
    expect(
      await usage
        .getByRole('progressbar')
        .evaluateAll((bars) => bars.map((bar) => [bar.ariaLabel, bar.getAttribute('aria-valuenow')])),
    ).toEqual([
      ['Slack Support: share of messages', '66.7'],
      ['Direct/Web: share of messages', '33.3'],
    ]);

    await record(host, 'peer_support', [{ channelId: 'direct', conversationId: 'conversation-2' }]);
    await expect.poll(() => usage.getByTestId('total-messages').innerText(), FOLLOWS).toBe('4 messages');
    await page.getByRole('region', { name: 'HR assistant' }).getByText('No messages yet.').waitFor();
  });

  it('keeps the figures while its server or the service is away, and says so', {
    timeout: 120_000,
  }, async () => {
    await record(host, 'peer_support', [{ channelId: 'direct' }]);
    await statsWith(host, 'peer_support', 1);
    visitor.expectInConsole('net::ERR_', 'status of 502');
    const page = await visitor.open();
    const usage = card(page);
    const total = () => usage.getByTestId('total-messages').innerText();
    const note = usage.getByRole('status').first();
    await expect.poll(total).toBe('1 message');

    await site.stop();
    await expect.poll(() => note.innerText(), FOLLOWS).toBe(OLD);
    expect(await total()).toBe('1 message');
    const { port } = new URL(site.url);
    await startExample({ folder: 'examples/embed', serviceUrl: host.url, key, port });
    await expect.poll(() => note.innerText(), RECOVERED).toBe('');

    const startAgain = await interrupt(host);
    await expect.poll(() => note.innerText(), RECOVERED).toBe(OLD);
    const again = await startAgain();
    await record(again, 'peer_support', [{ channelId: 'direct' }]);
    await expect.poll(total, RECOVERED).toBe('2 messages');
    expect(await note.innerText()).toBe('');
  });

  it('says which attribute is missing or wrong, and follows attributes that change', async () => {
    await record(host, 'peer_hr', [{ channelId: 'direct' }]);
    await statsWith(host, 'peer_hr', 1);
    visitor.expectInConsole('status of 403');
    const page = await visitor.open();
    const element = page.locator('channel-usage').first();
    const note = () => element.getByRole('status').first().innerText();
    const set = (attribute: string, text: string | null) =>
      element.evaluate(
        (usage, change) => {
          if (change.text === null) usage.removeAttribute(change.attribute);
          else usage.setAttribute(change.attribute, change.text);
        },
        { attribute, text },
      );
    await expect.poll(note).toBe('No messages yet.');
    await set('peer', null);
    await expect.poll(note).toBe('The attribute peer is missing.');
    await set('src', null);
    await expect.poll(note).toBe('The attributes peer and src are missing.');
    await set('peer', 'peer_hr');
    await expect.poll(note).toBe('The attribute src is missing.');
    await set('src', '/usage');
    await expect.poll(() => element.getByTestId('total-messages').innerText()).toBe('1 message');
    await set('from', 'yesterday');
    await expect.poll(note).toBe('The attribute from must be a day, such as 2026-11-22.');
    await set('from', '2025-01-01');
    await set('to', '2025-01-31');
    await expect.poll(() => element.getByTestId('total-messages').innerText()).toBe('0 messages');
    await set('peer', 'peer_123');
    await expect.poll(note).toBe('You may not see these figures.');
    expect(await element.getByRole('listitem').count()).toBe(0);
  });
});

function card(page: Page): Locator {
  return page.getByRole('region', { name: 'Channel Usage' });
}
