import { expect, inject, it } from 'vitest';
import { temporaryFolder } from '../support/host/local-host.ts';
import { askStats } from './support/api.ts';
import { buildExample, startExample } from './support/example-sites.ts';
import { createKey } from './support/keys.ts';
import { newVisitor } from './support/visitors.ts';

// The React and the Vue component of the product's documentation show what the API says.

const host = inject('host');

it.each(['react', 'vue'])('the example for %s', async (name) => {
  const folder = await temporaryFolder();
  await buildExample(name, folder);
  const key = await createKey(host.dataFolder, '--peers', 'peer_support', '--scopes', 'stats:read');
  const site = await startExample({ folder, serviceUrl: host.url, key });
  const visitor = await newVisitor(site.url);
  visitor.keepSecret(key);
  const page = await visitor.open();
  const { channels, total } = await askStats(host, 'peer_support');
  const expected = [
    'Channel Usage',
    `${total.messageCount} messages`,
    ...channels.flatMap(({ channelName, messageCount, conversationCount, percentage }) => [
      channelName,
      `${messageCount}`,
      `${conversationCount} conversations · ${percentage?.toFixed(1)}%`,
    ]),
  ];
  const lines = async () =>
    (await page.locator('body').innerText()).split('\n').filter((line) => line.trim());
  await expect
    .poll(async () => (await lines()).map((line) => line.toLowerCase()))
    .toEqual(
      // Mantine writes its badges in capitals.
      expected.map((line) => line.toLowerCase()),
    );
});
