import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { cleanUp } from '../support/host/local-host.ts';
import { card, chart, openDashboard } from './support/dashboard-page.ts';
import { startSampleHost } from './support/sample-host.ts';
import { closeBrowser, newVisitor, sendVisitorsHome } from './support/visitors.ts';

// npm run screenshots: pictures of the dashboard with the sample, for the README.

const FOLDER = join(import.meta.dirname, '../../docs/images');

interface Picture {
  name: string;
  peerId: string;
  options: BrowserContextOptions;
  /** The Channel Usage card alone, or the page from its top on. */
  of: 'card' | 'page';
}

const PICTURES: readonly Picture[] = [
  {
    name: 'dashboard-card',
    peerId: 'peer_support',
    options: { viewport: { width: 760, height: 900 }, deviceScaleFactor: 2 },
    of: 'card',
  },
  {
    name: 'dashboard-light',
    peerId: 'peer_support',
    options: { viewport: { width: 1440, height: 1025 }, colorScheme: 'light' },
    of: 'page',
  },
  {
    name: 'dashboard-dark',
    peerId: 'peer_support',
    options: { viewport: { width: 1440, height: 1025 }, colorScheme: 'dark' },
    of: 'page',
  },
  {
    name: 'dashboard-narrow',
    peerId: 'peer_demo',
    options: { viewport: { width: 360, height: 890 } },
    of: 'page',
  },
];

try {
  const host = await startSampleHost();
  await mkdir(FOLDER, { recursive: true });
  for (const { name, peerId, options, of } of PICTURES) {
    const visitor = await newVisitor(host.url, { reducedMotion: 'reduce', ...options });
    const page = await openDashboard(visitor, host.apiKey, `?peer=${peerId}`);
    await waitForAll(page);
    const path = join(FOLDER, `${name}.png`);
    if (of === 'card') await card(page, 'Channel Usage').screenshot({ path });
    else await page.screenshot({ path });
    process.stdout.write(`${path}\n`);
  }
} finally {
  const problems = await sendVisitorsHome();
  await closeBrowser();
  await cleanUp();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

async function waitForAll(page: Page): Promise<void> {
  for (const name of ['Messages over time', 'New conversations'] as const) {
    // The axes tell that the chart is drawn.
    await chart(page, name).locator('text').first().waitFor();
  }
  await card(page, 'Week over week').getByRole('table').waitFor();
  await card(page, 'Health').getByRole('listitem').first().waitFor();
}
