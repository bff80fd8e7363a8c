import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { card, chart, openDashboard } from './support/dashboard-page.ts';
import { newVisitor } from './support/visitors.ts';

// The page on a phone, with a finger.

const host = inject('host');
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;
const LEAST = 44;

it.each(['light', 'dark'] as const)('shows the chart in the first screen, in %s', async (colorScheme) => {
  const visitor = await newVisitor(host.url, { ...PHONE, colorScheme });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support&range=last-30-days');
  const bars = chart(page, 'Messages over time').locator('.bar-choice');
  await bars.waitFor();
  const box = await bars.boundingBox();
  expect((box?.y ?? Number.NaN) + (box?.height ?? Number.NaN)).toBeLessThanOrEqual(PHONE.viewport.height);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.viewport.width);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});

it('has targets of 44 pixels and more', async () => {
  const visitor = await newVisitor(host.url, PHONE);
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support&range=last-30-days');
  await chart(page, 'Messages over time').waitFor();
  await card(page, 'Week over week').getByRole('table').waitFor();
  await card(page, 'Health').getByRole('listitem').first().waitFor();
  expect(await smallTargets(page)).toEqual([]);
});

it('a touch shows a bar, and another one on it shows its day alone', async () => {
  const visitor = await newVisitor(host.url, PHONE);
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support&range=last-30-days');
  const bars = chart(page, 'Messages over time').locator('.bar-choice');
  await bars.waitFor();
  const box = await bars.boundingBox();
  const [x, y] = [(box?.x ?? 0) + 100, (box?.y ?? 0) + 150];
  await page.touchscreen.tap(x, y);
  await card(page, 'Messages over time').locator('.bar-tooltip').waitFor();
  expect(new URL(page.url()).search).not.toContain('day=');
  await page.touchscreen.tap(x, y);
  await expect.poll(() => new URL(page.url()).search).toContain('day=');
});

/** What is too small for a finger. What is in the line of a sentence may be as high as that. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const targets = document.querySelectorAll('a, button, summary, input, select, [role=slider]');
    return Array.from(targets).flatMap((target) => {
      // The whole row, or the label that lies over an input, can be touched.
      const label = target instanceof HTMLInputElement ? target.labels?.[0] : undefined;
      const isRadio = target instanceof HTMLInputElement && target.type === 'radio';
      const touched = target.closest('.channel-row') ?? (isRadio ? label : undefined) ?? target;
      const { width, height } = touched.getBoundingClientRect();
      const isInline = getComputedStyle(target).display === 'inline' || target.closest('p') !== null;
      if (width === 0 || isInline || (width >= least && height >= least)) return [];
      return [`${target.tagName} ${target.textContent?.slice(0, 30)}: ${width} x ${height}`];
    });
  }, LEAST);
}
