import { AxeBuilder } from '@axe-core/playwright';
import { expect, inject, it } from 'vitest';
import { temporaryFolder } from '../support/host/local-host.ts';
import { askStats } from './support/api.ts';
import { buildExample, startExample } from './support/example-sites.ts';
import { figure } from './support/expected.ts';
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
    `${figure(total.messageCount)} messages`,
    ...channels.flatMap(({ channelName, messageCount, conversationCount, percentage }) => [
      channelName,
      figure(messageCount),
      `${figure(conversationCount)} conversations · ${percentage?.toFixed(1)}%`,
    ]),
  ];
  const lines = async () =>
    (await page.locator('body').innerText()).split('\n').filter((line) => line.trim());
  await expect.poll(lines).toEqual(expected);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page })
      // The pages that the components are for have a heading of their own.
      .disableRules(['page-has-heading-one'])
      .analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
});
