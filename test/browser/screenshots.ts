import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { cleanUp, type RunningHost, temporaryFolder } from '../support/host/local-host.ts';
import { card, chart, openDashboard } from './support/dashboard-page.ts';
import { buildExample, startExample, stopExamples } from './support/example-sites.ts';
import { createKey } from './support/keys.ts';
import { startSampleHost } from './support/sample-host.ts';
import { closeBrowser, newVisitor, sendVisitorsHome } from './support/visitors.ts';

// npm run screenshots: pictures of the dashboard and the examples with the sample, for the READMEs.

const FOLDER = join(import.meta.dirname, '../../docs/images');

interface Picture {
  name: string;
  /** The view, as `?peer=…`. */
  search: string;
  options: BrowserContextOptions;
  /** The Channel Usage card alone, the page from its top on, or as it is printed. */
  of: 'card' | 'page' | 'print';
}

// The sample has eight weeks.
const today = dayOf(Date.now());
const FOUR_WEEKS = `?peer=peer_support&from=${addDays(today, -27)}&to=${today}`;

const WIDE = { viewport: { width: 1440, height: 1025 } };

const PICTURES: readonly Picture[] = [
  {
    name: 'dashboard-card',
    search: '?peer=peer_support',
    options: { viewport: { width: 760, height: 900 }, deviceScaleFactor: 2 },
    of: 'card',
  },
  { name: 'dashboard-overview', search: '', options: { viewport: { width: 1440, height: 620 } }, of: 'page' },
  { name: 'dashboard-light', search: FOUR_WEEKS, options: WIDE, of: 'page' },
  {
    name: 'dashboard-narrowed',
    search: `${FOUR_WEEKS}&channel=integration_slack`,
    options: WIDE,
    of: 'page',
  },
  {
    name: 'dashboard-dark',
    search: FOUR_WEEKS,
    options: { ...WIDE, colorScheme: 'dark' },
    of: 'page',
  },
  {
    name: 'dashboard-narrow',
    search: '?peer=peer_support&range=last-7-days',
    options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    of: 'page',
  },
  {
    name: 'dashboard-print',
    search: FOUR_WEEKS,
    options: { viewport: { width: 794, height: 1123 } },
    of: 'print',
  },
];

/** The examples, as their README shows them. */
const EXAMPLES = ['react', 'vue'] as const;

try {
  const host = await startSampleHost();
  await mkdir(FOLDER, { recursive: true });
  for (const picture of PICTURES) await take(host, picture);
  for (const name of EXAMPLES) await takeExample(host, name);
} finally {
  const problems = await sendVisitorsHome();
  await closeBrowser();
  await stopExamples();
  await cleanUp();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

async function take(host: RunningHost, { name, search, options, of }: Picture): Promise<void> {
  const visitor = await newVisitor(host.url, { reducedMotion: 'reduce', ...options });
  const page = await openDashboard(visitor, host.apiKey, search);
  if (search === '') await page.getByRole('link', { name: 'peer_support' }).waitFor();
  else await waitForAll(page);
  // What the pointer is over looks otherwise.
  await page.mouse.move(0, 0);
  if (of === 'print') await page.emulateMedia({ media: 'print', reducedMotion: 'reduce' });
  const path = join(FOLDER, `${name}.png`);
  if (of === 'card') await card(page, 'Channel Usage').screenshot({ path });
  else await page.screenshot({ path, fullPage: of === 'print' });
  process.stdout.write(`${path}\n`);
}

async function takeExample(host: RunningHost, name: string): Promise<void> {
  const folder = await temporaryFolder();
  await buildExample(name, folder);
  const key = await createKey(host.dataFolder, '--peers', 'peer_support', '--scopes', 'stats:read');
  const site = await startExample({ folder, serviceUrl: host.url, key });
  const visitor = await newVisitor(site.url, { viewport: { width: 560, height: 480 } });
  const page = await visitor.open();
  await page.getByText('WebChat', { exact: true }).waitFor();
  const path = join(FOLDER, `example-${name}.png`);
  await page.screenshot({ path });
  process.stdout.write(`${path}\n`);
}

async function waitForAll(page: Page): Promise<void> {
  for (const name of ['Messages over time', 'New conversations'] as const) {
    // The axes tell that the chart is drawn.
    await chart(page, name).locator('text').first().waitFor();
  }
  await card(page, 'Week over week').getByRole('table').waitFor();
  // Whatever is found: of one channel it may be nothing.
  await card(page, 'Health').getByText('Judged on complete UTC days').waitFor();
}
