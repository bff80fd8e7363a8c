import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { statsWith } from '../support/host/local-host.ts';
import { type ChartCard, card, chart, openDashboard } from './support/dashboard-page.ts';
import { newPeer, record, someMessages } from './support/hosts.ts';
import { newVisitor, type Visitor } from './support/visitors.ts';

// The PNG of a chart that the page lets its reader save. That nothing is asked of another origin, and that the
// page's policy forbids nothing of it, is seen by every visitor.

const host = inject('host');

const PNG_SIGNATURE = '89504e470d0a1a0a';
const CHART_HEIGHT = 260;
const SCALE = 2;
const PADDING = 24;
const SURFACE = { light: '#ffffff', dark: '#1c1f26' } as const;

it.each(['light', 'dark'] as const)(
  'shows the chart in the colours of the %s scheme',
  async (colorScheme) => {
    const visitor = await newVisitor(host.url, { colorScheme });
    const page = await openChart(visitor, '?peer=peer_support&range=last-30-days');
    await card(page, 'Messages over time').getByText('35 days before').waitFor();
    const today = dayOf(Date.now());
    for (const [name, metric] of [
      ['Messages over time', 'messages'],
      ['New conversations', 'conversations'],
    ] as const) {
      const { fileName, bytes } = await savePicture(page, name);
      expect(fileName).toBe(`channel-usage-peer_support-${metric}-${addDays(today, -29)}_${today}.png`);
      expect(bytes.subarray(0, 8).toString('hex')).toBe(PNG_SIGNATURE);
      const picture = await decoded(visitor, bytes);
      expect(picture.width).toBe(await expectedWidth(page, name));
      // Above the chart there are a title, two lines, and a legend.
      expect(picture.height).toBeGreaterThan((CHART_HEIGHT + 100) * SCALE);
      expect(picture.height).toBeLessThan((CHART_HEIGHT + 250) * SCALE);
      expect(picture.corner).toBe(SURFACE[colorScheme]);
      const colors = await seriesColors(page, name);
      expect(colors.length).toBeGreaterThan(1);
      for (const color of colors) expect(picture.colors).toContain(color);
      expect(await violations(page)).toEqual([]);
    }
  },
);

it('is as narrow as a phone, and says of which channel it is', async () => {
  const peerId = newPeer();
  const name = 'תמיכה בעברית '.repeat(9).trim();
  await record(host, peerId, [{ channelId: 'hebrew', channelName: name }, ...someMessages('a', 'b', 'c')]);
  await statsWith(host, peerId, 7);
  const visitor = await newVisitor(host.url, { viewport: { width: 360, height: 740 }, hasTouch: true });
  const page = await openChart(visitor, `?peer=${peerId}&range=last-7-days&channel=hebrew`);
  const { fileName, bytes } = await savePicture(page, 'Messages over time');
  expect(fileName).toContain(`${peerId}-messages-hebrew-`);
  const picture = await decoded(visitor, bytes);
  expect(picture.width).toBe(await expectedWidth(page, 'Messages over time'));
  const button = await card(page, 'Messages over time')
    .getByRole('button', { name: 'Save as PNG' })
    .boundingBox();
  expect(Math.min(button?.width ?? 0, button?.height ?? 0)).toBeGreaterThanOrEqual(44);
});

it('is drawn by what is loaded for it, and not before', async () => {
  const visitor = await newVisitor(host.url);
  const asked: string[] = [];
  visitor.context.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const page = await openChart(visitor, '?peer=peer_hr&range=last-7-days');
  const scripts = () => asked.filter((path) => path.endsWith('.js'));
  const before = scripts().length;
  await savePicture(page, 'Messages over time');
  expect(scripts().length).toBe(before + 1);
  await savePicture(page, 'New conversations');
  expect(scripts().length).toBe(before + 1);
});

it('says where it could not be saved, and that no more once it could', async () => {
  const page = await openChart(await newVisitor(host.url), '?peer=peer_hr&range=last-7-days');
  await page.evaluate(() => {
    const { toBlob } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.toBlob = function refuse(callback) {
      HTMLCanvasElement.prototype.toBlob = toBlob;
      callback(null);
    };
  });
  const overTime = card(page, 'Messages over time');
  await overTime.getByRole('button', { name: 'Save as PNG' }).click();
  await overTime.getByRole('alert').getByText('The picture could not be saved').waitFor();
  expect(await violations(page)).toEqual([]);
  await savePicture(page, 'Messages over time');
  await overTime.getByRole('alert').waitFor({ state: 'detached' });
  await overTime.getByRole('status').getByText('The picture is saved.').waitFor({ state: 'attached' });
  await overTime.getByRole('button', { name: 'Show as table' }).click();
  expect(await overTime.getByRole('button', { name: 'Save as PNG' }).count()).toBe(0);
});

async function openChart(visitor: Visitor, search: string): Promise<Page> {
  const page = await openDashboard(visitor, host.apiKey, search);
  for (const name of ['Messages over time', 'New conversations'] as const) {
    await chart(page, name).locator('.bar-choice').waitFor();
  }
  return page;
}

async function savePicture(page: Page, name: ChartCard): Promise<{ fileName: string; bytes: Buffer }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    card(page, name).getByRole('button', { name: 'Save as PNG' }).click(),
  ]);
  return { fileName: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Of a picture: the chart at twice its width, with something around it. */
async function expectedWidth(page: Page, name: ChartCard): Promise<number> {
  const drawn = await chart(page, name).locator('svg.recharts-surface').boundingBox();
  if (drawn === null) throw new Error('there is no chart');
  return Math.round((drawn.width + 2 * PADDING) * SCALE);
}

/** The colours of the swatches in a legend, as `#rrggbb`. */
function seriesColors(page: Page, name: ChartCard): Promise<string[]> {
  return card(page, name)
    .locator('.legend .swatch')
    .evaluateAll((swatches) =>
      swatches.map((swatch) => {
        const [red = 0, green = 0, blue = 0] =
          getComputedStyle(swatch).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
        return `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, '0')}`;
      }),
    );
}

interface Picture {
  width: number;
  height: number;
  corner: string;
  /** Those that more than a hundred pixels have. */
  colors: string[];
}

/** What a picture shows, in a tab of its own. */
async function decoded({ context }: Visitor, bytes: Buffer): Promise<Picture> {
  const tab = await context.newPage();
  const picture = await tab.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const canvas = new OffscreenCanvas(width, height).getContext('2d');
    if (canvas === null) throw new Error('there is no canvas');
    canvas.drawImage(image, 0, 0);
    const words = new DataView(canvas.getImageData(0, 0, width, height).data.buffer);
    const counts = new Map<string, number>();
    const colorAt = (offset: number) => `#${(words.getUint32(offset) >>> 8).toString(16).padStart(6, '0')}`;
    for (let offset = 0; offset < words.byteLength; offset += 4) {
      const color = colorAt(offset);
      counts.set(color, (counts.get(color) ?? 0) + 1);
    }
    const colors = [...counts].filter(([, count]) => count > 100).map(([color]) => color);
    return { width, height, corner: colorAt(0), colors };
  }, bytes.toString('base64'));
  await tab.close();
  return picture;
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`);
}
