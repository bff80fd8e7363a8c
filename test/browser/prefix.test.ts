import { expect, inject, it } from 'vitest';
import * as z from 'zod';
import { askStats } from './support/api.ts';
import { chart, enterKey, shownTotal, showTables } from './support/dashboard-page.ts';
import { startPrefixProxy } from './support/prefix-proxy.ts';
import { newVisitor } from './support/visitors.ts';

// How the page works below a path, as that of a stage of a REST API.

const host = inject('host');
const PREFIX = '/some/prefix';

it.for([PREFIX, '/_aws/execute-api/abc/$default'])(
  'a reader uses the page below %s as anywhere else',
  async (prefix) => {
    const { origin, strayed } = await startPrefixProxy(host.url, prefix);
    const visitor = await newVisitor(origin);
    visitor.keepSecret(host.apiKey);
    const page = await visitor.open(`${prefix}/?peer=peer_hr`);
    await enterKey(page, host.apiKey);
    // The charts are loaded by a script of their own.
    await chart(page, 'Messages over time').waitFor();
    const { total } = await askStats(host, 'peer_hr');
    expect(await shownTotal(page)).toContain(total.messageCount.toLocaleString('en-US'));
    await showTables(page);
    expect(new URL(page.url()).pathname).toBe(`${prefix}/`);

    await page.reload();
    await chart(page, 'Messages over time').waitFor();

    await page.getByRole('link', { name: 'API reference' }).first().click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`${prefix}/docs`);
    await page.goto(`${prefix}/docs/`);
    const document = await page
      .getByRole('link', { name: 'OpenAPI document', exact: true })
      .getAttribute('href');
    const address = new URL(document ?? '', page.url());
    expect(address.pathname).toBe(`${prefix}/api/v1/openapi.json`);
    const { servers } = z
      .object({ servers: z.array(z.object({ url: z.string() })) })
      .parse(await (await fetch(address)).json());
    expect(servers.map(({ url }) => new URL(url, address).pathname)).toEqual([`${prefix}/`]);
    expect(strayed).toEqual([]);
  },
);

it('the script for pages of others, and the notices, are found below a path too', async () => {
  const { origin, strayed } = await startPrefixProxy(host.url, PREFIX);
  const visitor = await newVisitor(origin);
  visitor.keepSecret(host.apiKey);
  const page = await visitor.open(`${PREFIX}/?peer=peer_hr`);
  await enterKey(page, host.apiKey);
  await page.getByRole('link', { name: 'Third-party notices' }).click();
  await page.waitForURL(`**${PREFIX}/assets/notices.txt`);
  const script = await page.goto(`${PREFIX}/channel-usage.js`);
  expect(script?.status()).toBe(200);
  expect(strayed).toEqual([]);
});
