import { expect, inject, it } from 'vitest';
import { chart, openDashboard, shownTotal } from './support/dashboard-page.ts';
import { newVisitor } from './support/visitors.ts';

// How the page comes into the browser.

const host = inject('host');

it('the page is never kept, its files for ever, and figures until they are others', async () => {
  const visitor = await newVisitor(host.url);
  const kept = new Map<string, Set<string | undefined>>();
  visitor.context.on('response', (response) => {
    const [, kind = ''] = new URL(response.url()).pathname.split('/');
    kept.set(kind, (kept.get(kind) ?? new Set()).add(response.headers()['cache-control']));
  });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_hr');
  await chart(page, 'Messages over time').waitFor();
  expect(Object.fromEntries(kept)).toEqual({
    '': new Set(['no-store']),
    assets: new Set(['public, max-age=31536000, immutable']),
    api: new Set(['private, no-cache']),
    health: new Set(['no-store']),
  });

  await page.reload();
  await chart(page, 'Messages over time').waitFor();
  const transferred = (path: string) =>
    page.evaluate(
      (part) =>
        performance
          .getEntriesByType('resource')
          .filter(({ name }) => name.includes(part))
          .map((entry) => (entry instanceof PerformanceResourceTiming ? entry.transferSize : Number.NaN)),
      path,
    );
  const files = await transferred('/assets/');
  expect(files.length).toBeGreaterThan(2);
  expect(new Set(files)).toEqual(new Set([0]));
  // What a browser says of an answer that it had already, and that a 304 said was still right.
  const VALIDATED = 300;
  const figures = await transferred('/channel-stats');
  expect(figures.length).toBeGreaterThan(2);
  expect(new Set(figures)).toEqual(new Set([VALIDATED]));
});

it('lets in scripts of its own alone, and another nonce for styles each time', async () => {
  const visitor = await newVisitor(host.url);
  const policies: string[] = [];
  visitor.context.on('response', (response) => {
    const policy = response.headers()['content-security-policy'];
    if (response.request().resourceType() === 'document' && policy !== undefined) policies.push(policy);
  });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_hr');
  await shownTotal(page);
  await page.reload();
  await shownTotal(page);
  const nonces = policies.map((policy) => /'nonce-([^']+)'/.exec(policy)?.[1]);
  expect(policies.map((policy) => policy.replace(/'nonce-[^']+'/, "'nonce'"))).toEqual(
    Array(2).fill(expect.stringMatching(/^default-src 'none'; script-src 'self'; style-src 'self' 'nonce';/)),
  );
  expect(new Set(nonces).size).toBe(2);
  expect(await page.locator('script:not([src])').count()).toBe(0);
});
