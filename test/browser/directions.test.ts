import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, inject, it } from 'vitest';
import { ChannelStore } from '../../functions/shared/store/channel-store.ts';
import { PeerDirectoryStore } from '../../functions/shared/store/peer-directory-store.ts';
import { withUsageTable } from '../../tools/support/usage-data.ts';
import { type RunningHost, statsWith } from '../support/host/local-host.ts';
import { type Card, card, chart, openDashboard, shownTotal, showTables } from './support/dashboard-page.ts';
import { startExample } from './support/example-sites.ts';
import { newPeer, record, startEmptyHost } from './support/hosts.ts';
import { createKey } from './support/keys.ts';
import { newVisitor } from './support/visitors.ts';

// Names that are read from right to left, or make the text after them be read so, mirror nothing beside them.

const host = inject('host');

const DAY_MS = 86_400_000;
const peerId = `קו ${newPeer()}`;

/** Channels: the id, what the registry calls it, what the page calls it, and how old its messages are in days. */
const CHANNELS = [
  ['integration_1', 'gro\u202eup 12', 'gro\ufffdup 12', [10]],
  ['42 קו', 'דואר 7', 'דואר 7', [0, 10, 40]],
  ['43 קו', 'דואר 7', 'דואר 7', [0, 10]],
  ['line_\u202e4', 'a\u2069\u202e(b) 4', 'a\ufffd\ufffd(b) 4', []],
] as const;
const MESSAGES = 6;
const NAMES_SHOWN = ['gro\ufffdup 12', 'דואר 7', 'a\ufffd\ufffd(b) 4'];
const NAMES_IN_CHARTS = ['gro\ufffdup 12', 'דואר 7'];
const SAME_NAME_IDS = ['42 קו', '43 קו'];

beforeAll(async () => {
  await seed(host, peerId);
  await withUsageTable({ data: host.dataFolder }, (table) =>
    new PeerDirectoryStore(table).add(`${peerId}\u202e7`),
  );
});

it('all that stands beside names of channels on the page is read in its order', async () => {
  const page = await open();
  await chart(page, 'Messages over time').waitFor();
  const shown: [Card, string[]][] = [
    ['Channel Usage', NAMES_SHOWN],
    ['Health', NAMES_SHOWN],
    ['Messages per conversation', NAMES_SHOWN],
    ['Messages over time', NAMES_IN_CHARTS],
    ['New conversations', NAMES_IN_CHARTS],
    ['Week over week', NAMES_SHOWN],
  ];
  for (const [name, names] of shown) {
    await expect.poll(() => isolatedNames(card(page, name))).toEqual(expect.arrayContaining(names));
  }
  await expectInOrder(page.locator('body'));

  await showTables(page);
  for (const name of ['Messages over time', 'New conversations'] as const) {
    expect(await isolatedNames(card(page, name).getByRole('table'))).toEqual(
      expect.arrayContaining(NAMES_IN_CHARTS),
    );
  }
  await expectInOrder(page.locator('body'));
});

it('so is what stands beside them in the tooltip of a chart', async () => {
  const page = await open();
  const area = chart(page, 'Messages over time').locator('.bar-choice');
  await area.hover({ position: { x: ((await area.boundingBox())?.width ?? 0) - 2, y: 100 } });
  const tooltip = page.locator('.bar-tooltip').first();
  await tooltip.waitFor();
  expect((await isolatedNames(tooltip)).length).toBeGreaterThan(0);
  await expectInOrder(tooltip);
});

it('so is a finding, from the name at its beginning on', async () => {
  const page = await open();
  const health = card(page, 'Health');
  await health.getByText('3 channels have high traffic').click();
  const sentences = health.getByText(/ ha[ds] /);
  await expect.poll(() => sentences.count()).toBeGreaterThanOrEqual(CHANNELS.length);
  for (const sentence of await sentences.all()) {
    const [name, rest] = await sentence.evaluate((element) =>
      Array.from(element.childNodes, (node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        const [first] = range.getClientRects();
        return { left: first?.left ?? Number.NaN, top: first?.top ?? Number.NaN, tag: node.nodeName };
      }),
    );
    expect(['BDI', 'SPAN', 'BUTTON']).toContain(name?.tag);
    expect(rest?.tag).toBe('#text');
    expect(name?.left).toBeLessThan(rest?.left ?? Number.NaN);
  }
});

it('so is what stands beside the ids of peers, also in the title of the page', async () => {
  const page = await open();
  expect(await page.title()).toBe(`\u2068${peerId}\u2069 · Channel Usage Analytics`);
  await page.getByRole('combobox', { name: 'Peer' }).fill(peerId.slice(0, -1));
  const list = page.getByRole('listbox');
  await expect
    .poll(() => isolatedNames(list))
    .toEqual([peerId, `${peerId}\ufffd7`, peerId.slice(0, -1)].sort());
  await expectInOrder(list);
});

it('so is all in the web component', async () => {
  const service = await startEmptyHost();
  await seed(service, 'peer_support');
  const key = await createKey(
    service.dataFolder,
    '--peers',
    'peer_support,peer_hr',
    '--scopes',
    'stats:read',
  );
  const site = await startExample({ folder: 'examples/embed', serviceUrl: service.url, key });
  const page = await (await newVisitor(site.url)).open();
  const usage = page.getByRole('region', { name: 'Channel Usage' });
  await expect.poll(() => isolatedNames(usage)).toEqual([...NAMES_SHOWN, ...SAME_NAME_IDS].sort());
  await expectInOrder(usage);
});

/** Puts the channels into the table, as they were recorded before such names were refused, and uses some. */
async function seed(
  service: Pick<RunningHost, 'url' | 'apiKey' | 'dataFolder'>,
  peer: string,
): Promise<void> {
  const now = Date.now();
  await withUsageTable({ data: service.dataFolder }, async (table) => {
    const channels = new ChannelStore(table);
    for (const [channelId, registryName] of CHANNELS) {
      await channels.register(peer, channelId, now - 50 * DAY_MS, { registryName });
    }
  });
  const messages = CHANNELS.flatMap(([channelId, , , ages]) =>
    ages.map((days) => ({
      channelId,
      conversationId: channelId,
      sentAt: new Date(now - days * DAY_MS).toISOString(),
    })),
  );
  await record(service, encodeURIComponent(peer), messages);
  await statsWith(service, encodeURIComponent(peer), MESSAGES);
}

async function open(): Promise<Page> {
  const search = `?${new URLSearchParams({ peer: peerId })}`;
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, search);
  await expect.poll(() => shownTotal(page)).toBe(`${MESSAGES} messages`);
  return page;
}

/** What stands in elements that keep their direction to themselves. */
async function isolatedNames(within: Locator): Promise<string[]> {
  const texts = await within
    .locator('bdi:not(:empty)')
    .evaluateAll((names) =>
      names
        .filter((name) => getComputedStyle(name).unicodeBidi === 'isolate')
        .map((name) => name.textContent),
    );
  return [...new Set(texts)].sort();
}

/** Says of all text but isolated names that its characters stand from left to right, and hold no part of a name. */
async function expectInOrder(within: Locator): Promise<void> {
  const { read, mirrored, names, labels } = await within.evaluate(textBesideNames);
  expect(read).toBeGreaterThan(0);
  expect(mirrored).toEqual([]);
  expect(names).toEqual([]);
  for (const label of labels) {
    expect(label).not.toMatch(/[\u202a-\u202e]/);
    expect(label.replace(/\u2068[^\u2066-\u2069]*\u2069/g, '')).not.toMatch(/[\u0590-\u05ff\u2066-\u2069]/);
  }
}

/** The text of an element, without isolated names; runs in the browser. */
function textBesideNames(root: Element) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Node[] = [];
  while (texts.nextNode()) nodes.push(texts.currentNode);
  const beside = nodes.filter((node) => node.parentElement?.closest('bdi, script, style') === null);
  const seen = beside.map((node) => {
    const text = node.textContent ?? '';
    const characters = Array.from(text, (character, index) => {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + 1);
      const box = range.getBoundingClientRect();
      return { character, left: box.left, line: box.width === 0 ? Number.NaN : box.top };
    }).filter(({ line }) => !Number.isNaN(line));
    const isInOrder = characters.every(({ left, line }, index) => {
      const before = characters[index - 1];
      return before === undefined || before.line !== line || before.left < left;
    });
    return { text, isInOrder, hasName: /[\u0590-\u05ff\u202a-\u202e\u2066-\u2069\ufffd]/.test(text) };
  });
  const labelled = [root, ...root.querySelectorAll('[title], [aria-label]')];
  return {
    read: seen.length,
    mirrored: seen.filter(({ isInOrder }) => !isInOrder).map(({ text }) => text),
    names: seen.filter(({ hasName }) => hasName).map(({ text }) => text),
    labels: labelled.flatMap((element) =>
      ['title', 'aria-label'].map((name) => element.getAttribute(name) ?? ''),
    ),
  };
}
