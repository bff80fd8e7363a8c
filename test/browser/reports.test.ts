import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, inject, it } from 'vitest';
import { chart, openDashboard, shownChannels, shownTotal } from './support/dashboard-page.ts';
import { newVisitor } from './support/visitors.ts';

// What a reader takes along: the monthly report as a file, and the page on paper.

const host = inject('host');

it.each([
  ['HTML, to print', 'html'],
  ['CSV', 'csv'],
  ['Markdown', 'md'],
])('the report of a month is saved as %s, as the service gives it', async (label, extension) => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, '?peer=peer_hr');
  await shownTotal(page);
  await page.getByRole('button', { name: 'Report', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Report on peer_hr' });
  await dialog.getByLabel('Month').selectOption('all');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  const saved = page.waitForEvent('download');
  await dialog.getByRole('button', { name: label, exact: true }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe(`channel-usage-peer_hr-all.${extension}`);
  const answer = await fetch(`${host.url}/api/v1/peer/peer_hr/channel-stats/report.${extension}?period=all`, {
    headers: { authorization: `Bearer ${host.apiKey}` },
  });
  const text = await readFile(await file.path(), 'utf8');
  expect(text.replace(/^\ufeff/, '')).toBe(await answer.text());
});

it('the page on paper has figures, whose they are, and nothing to click', async () => {
  const page = await openDashboard(
    await newVisitor(host.url),
    host.apiKey,
    '?peer=peer_hr&range=last-30-days',
  );
  await shownTotal(page);
  await chart(page, 'Messages over time').waitFor();
  const heading = page.getByRole('heading', { name: 'Channel usage of peer_hr' });
  expect(await heading.isVisible()).toBe(false);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await heading.isVisible()).toBe(true);
  await page.getByText(/in UTC\. Complete up to/).waitFor();
  expect((await shownChannels(page)).map(({ name }) => name)).toEqual(['Slack', 'Direct/Web']);
  for (const name of ['Share', 'Report', 'Download CSV', 'Show as table', 'Show them']) {
    expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0);
  }
  expect(await page.getByText('Figures', { exact: true }).filter({ visible: true }).count()).toBe(0);
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
    'rgb(255, 255, 255)',
  );
});
