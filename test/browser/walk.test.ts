import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import type { ChannelStats } from '../../functions/shared/domain/channel-stats.ts';
import { Random } from '../support/random.ts';
import { card, enterKey, openDashboard, shownTable } from './support/dashboard-page.ts';
import { counted, figure } from './support/expected.ts';
import { SAMPLE_PEERS } from './support/sample-host.ts';
import { newVisitor } from './support/visitors.ts';
import { type Expected, expectedOf, viewIn } from './support/walked-view.ts';

// A reader who clicks at random. After every step the card, the table, the CSV file and the API agree, Back and
// Forward lead where they should, and the address shows the same in another tab.

const host = inject('host');
const STEPS = 16;
const SEEDS = [1, 2, 3];
/** In how many steps the address is opened in another tab. */
const REOPENED_EVERY = 8;

/** Something that the reader may do now. */
interface Action {
  name: string;
  /** Where it leads in the tab's history; without it, to a new place unless the address stays as it is. */
  moves?: -1 | 1;
  act: () => Promise<unknown>;
}

/** The tab's history, as the reader remembers it. */
interface Trail {
  addresses: string[];
  place: number;
}

// With the tables shown, every step compares them; with the charts, there are legends and bars to click.
it.each(SEEDS)('all agrees after each of many random steps (seed %i)', async (seed) => {
  const withTable = seed % 2 === 1;
  const random = new Random(seed);
  const visitor = await newVisitor(host.url, {
    viewport: { width: 1280, height: 1600 },
    reducedMotion: 'reduce',
  });
  const page = await openDashboard(visitor, host.apiKey, '?peer=peer_support');
  const other = await visitor.open('/?peer=peer_support');
  await enterKey(other, host.apiKey);
  const trail: Trail = { addresses: [search(page)], place: 0 };
  const taken: string[] = [];
  try {
    await expectAgreement(page, withTable);
    for (let step = 1; step <= STEPS; step += 1) {
      const actions = await actionsOn(page, trail);
      const action = random.pick(actions);
      taken.push(action.name);
      await action.act();
      await follow(page, trail, action);
      await expectAgreement(page, withTable);
      if (step % REOPENED_EVERY === 0) await expectSameIn(other, page);
    }
  } catch (error) {
    throw new Error(`seed ${seed}, after ${taken.join('; ')}: at ${page.url()}: ${error}`, { cause: error });
  }
});

function search(page: Page): string {
  return new URL(page.url()).search;
}

/** What can be done with the page as it is: kinds of steps are equally likely, however many of a kind there are. */
async function actionsOn(page: Page, { addresses, place }: Trail): Promise<Action[]> {
  const kinds = await Promise.all([
    clicks('row', page.locator('.channel-row-button')),
    clicks('legend', page.locator('.legend-button')),
    clicks('finding', page.locator('.finding > .finding-message .finding-narrow')),
    clicks('way back', page.locator('.narrowing-close')),
    clicks('interval', page.getByRole('radiogroup', { name: 'Interval' }).first().locator('label')),
    clicks('compare no more', page.getByRole('button', { name: 'Compare no more' })),
    bars(page),
  ]);
  const { withPeerId, peerId } = viewIn(search(page));
  const others = SAMPLE_PEERS.filter((peer) => peer !== peerId && peer !== withPeerId);
  return [
    ...kinds.flatMap(everyOther),
    ...['all', 'last-7-days', 'last-30-days', 'this-month'].map((range) => ({
      name: `range ${range}`,
      act: () => page.getByRole('combobox', { name: 'Range' }).selectOption(range),
    })),
    ...everyOther(others.map((peer) => choosing(page, 'Peer', peer))),
    ...everyOther(others.map((peer) => choosing(page, 'Compare with', peer))),
    ...(place > 0 ? [{ name: 'back', moves: -1 as const, act: () => page.goBack() }] : []),
    ...(place < addresses.length - 1
      ? [{ name: 'forward', moves: 1 as const, act: () => page.goForward() }]
      : []),
  ];
}

/** A few of a kind, so that it does not crowd out the others. */
function everyOther(actions: readonly Action[]): readonly Action[] {
  return actions.slice(0, 3);
}

async function clicks(kind: string, targets: Locator): Promise<Action[]> {
  const all = await targets.all();
  return all.map((target, index) => ({ name: `${kind} ${index + 1}`, act: () => target.click() }));
}

/** The last bar and the one before, by keyboard. */
async function bars(page: Page): Promise<Action[]> {
  const sliders = page.getByRole('slider');
  if ((await sliders.count()) === 0) return [];
  const keys = [
    ['End', 'Enter'],
    ['End', 'ArrowLeft', 'Enter'],
  ];
  return keys.map((pressed) => ({
    name: `bar ${pressed.join(' ')}`,
    act: async () => {
      for (const key of pressed) await sliders.first().press(key);
    },
  }));
}

function choosing(page: Page, label: string, peerId: string): Action {
  return {
    name: `${label} ${peerId}`,
    act: async () => {
      const chooser = page.getByRole('combobox', { name: label, exact: true });
      if ((await chooser.count()) === 0) {
        await page.getByRole('button', { name: 'Compare with another peer' }).click();
      }
      await chooser.fill(peerId);
      await page.getByRole('option', { name: peerId }).click();
    },
  };
}

/** Remembers where a step led. */
async function follow(page: Page, trail: Trail, { moves }: Action): Promise<void> {
  if (moves !== undefined) {
    trail.place += moves;
    await expect.poll(() => search(page)).toBe(trail.addresses[trail.place]);
    return;
  }
  const reached = search(page);
  if (reached === trail.addresses[trail.place]) return;
  trail.addresses.splice(trail.place + 1, Number.POSITIVE_INFINITY, reached);
  trail.place += 1;
}

/** What is on the page is what the API says of the view in its address. */
async function expectAgreement(page: Page, withTable: boolean): Promise<void> {
  const views = viewIn(search(page));
  const first = await expectedOf(host, views);
  if (views.withPeerId !== undefined) {
    const second = await expectedOf(host, { ...views, peerId: views.withPeerId });
    await expectBoth(page, [views.peerId, views.withPeerId], [first, second]);
    return;
  }
  await expect.poll(() => shownUsage(page), { interval: 50 }).toEqual(usageIn(first.stats));
  if (withTable) await expectTable(page, first);
  await expectCsv(page, first.stats);
}

function usageIn({ channels, total }: ChannelStats) {
  return {
    isBusy: 'false',
    total: counted(total.messageCount, 'message'),
    rows: channels.map(({ channelName, messageCount, percentage = 0 }) => [
      channelName,
      messageCount === 0 ? 'no messages' : `${figure(messageCount)} (${percentage.toFixed(1)}%)`,
    ]),
  };
}

function shownUsage(page: Page) {
  return card(page, 'Channel Usage').evaluate((section) => ({
    isBusy: section.getAttribute('aria-busy'),
    total: section.querySelector('[data-testid=total-messages]')?.textContent,
    rows: Array.from(section.querySelectorAll('.channel-row'), (row) => [
      row.querySelector('.channel-row-button')?.textContent,
      row.querySelector('.channel-row-figures')?.textContent,
    ]),
  }));
}

/** The totals in the table behind the chart. */
async function expectTable(page: Page, { totals }: Expected): Promise<void> {
  const overTime = card(page, 'Messages over time').and(page.locator('[aria-busy=false]'));
  const shown = async () => {
    if ((await overTime.getByText('No messages in this time.').count()) > 0) return totals.map(() => '0');
    const toTable = overTime.getByRole('button', { name: 'Show as table' });
    if ((await toTable.count()) > 0) await toTable.click();
    const table = overTime.getByRole('table');
    if ((await table.count()) === 0) return 'no table yet';
    const { columns, rows } = await shownTable(table);
    const place = columns.indexOf('Total');
    return rows.map((row) => row[place]);
  };
  await expect.poll(shown, { interval: 50 }).toEqual(totals.toReversed().map(figure));
}

async function expectCsv(page: Page, { channels }: ChannelStats): Promise<void> {
  const button = page.getByRole('button', { name: 'Download CSV' });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const [, ...lines] = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines.map((line) => line.split(',').slice(1, 4))).toEqual(
    channels.map(({ channelId, galleryKey, messageCount }) => [
      channelId,
      galleryKey ?? channelId,
      String(messageCount),
    ]),
  );
}

/** Two peers side by side: the card of each, and the table of both. */
async function expectBoth(
  page: Page,
  peerIds: readonly string[],
  expected: readonly Expected[],
): Promise<void> {
  const shown = async () => {
    const { rows } = await shownTable(page.getByRole('region', { name: 'Side by side' }).getByRole('table'));
    const cards = peerIds.map((peerId) =>
      page
        .getByRole('region', { name: `Channel Usage ${peerId}`, exact: true })
        .getByTestId('total-messages')
        .innerText(),
    );
    return { row: rows.find(([name]) => name === 'Messages')?.slice(1), cards: await Promise.all(cards) };
  };
  const counts = expected.map(({ stats }) => stats.total.messageCount);
  await expect
    .poll(shown, { interval: 50 })
    .toEqual({ row: counts.map(figure), cards: counts.map((count) => counted(count, 'message')) });
}

/** The address of one tab shows the same in another. */
async function expectSameIn(other: Page, page: Page): Promise<void> {
  await other.goto(`/${search(page)}`);
  await expectAgreement(other, true);
  const strips = [page, other].map((tab) => tab.locator('.narrowing').allInnerTexts());
  const [shown, reopened] = await Promise.all(strips);
  expect(reopened).toEqual(shown);
}
