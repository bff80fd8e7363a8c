import type { Locator, Page } from 'playwright-core';
import type { Visitor } from './visitors.ts';

/** The parts of the page, by their headings. */
export type Card =
  | 'Channel Usage'
  | 'Health'
  | 'Messages per conversation'
  | 'Messages over time'
  | 'New conversations'
  | 'Week over week';

/** The parts that are charts at first. */
export type ChartCard = Extract<Card, 'Messages over time' | 'New conversations'>;

/** A row of the Channel Usage card. */
export interface ShownChannel {
  name: string;
  messages: string;
  conversations: string;
  /** What screen readers are told of the bar. */
  bar: { label: string | null; value: string | null };
  /** How much of its track the bar takes, in percent. */
  barWidth: number;
}

/** A table as it is read: its caption, its columns and its rows. */
export interface ShownTable {
  caption: string;
  columns: string[];
  rows: string[][];
}

/** Opens the dashboard in a new tab, and enters a key. @param search the view, as `?peer=…` */
export async function openDashboard(visitor: Visitor, key: string, search = ''): Promise<Page> {
  visitor.keepSecret(key);
  const page = await visitor.open(`/${search}`);
  await enterKey(page, key);
  return page;
}

export async function enterKey(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Show usage' }).click();
}

export function card(page: Page, name: Card): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** A chart, which is loaded after the figures. */
export function chart(page: Page, name: ChartCard): Locator {
  return card(page, name).getByRole('slider', { name: 'stacked by channel' });
}

/** Shows the tables behind both charts. */
export async function showTables(page: Page): Promise<void> {
  for (const name of ['Messages over time', 'New conversations'] as const) {
    await card(page, name).getByRole('button', { name: 'Show as table' }).click();
  }
}

/** The badge with the total, as soon as it is that of the days that are asked for. */
export function shownTotal(page: Page): Promise<string> {
  return card(page, 'Channel Usage')
    .and(page.locator('[aria-busy=false]'))
    .getByTestId('total-messages')
    .innerText();
}

/** The channels on the Channel Usage card. */
export function shownChannels(page: Page): Promise<ShownChannel[]> {
  return card(page, 'Channel Usage')
    .getByRole('listitem')
    .evaluateAll((items) => {
      const linesOf = (item: Element) =>
        item instanceof HTMLElement ? item.innerText.split('\n').filter((line) => line.trim() !== '') : [];
      return items.map((item) => {
        const [name = '', messages = '', conversations = ''] = linesOf(item);
        const bar = item.querySelector<HTMLElement>('[role=progressbar]');
        const track = bar?.parentElement;
        return {
          name,
          messages,
          conversations,
          bar: {
            label: bar?.getAttribute('aria-label') ?? null,
            value: bar?.getAttribute('aria-valuenow') ?? null,
          },
          barWidth: bar && track ? (100 * bar.offsetWidth) / track.offsetWidth : Number.NaN,
        };
      });
    });
}

/** A table. */
export function shownTable(table: Locator): Promise<ShownTable> {
  return table.evaluate((element) => {
    if (!(element instanceof HTMLTableElement)) throw new Error('this is no table');
    const text = (cell: Element | null) => (cell?.textContent ?? '').replace(/\s+/g, ' ').trim();
    const cells = (row: HTMLTableRowElement) => Array.from(row.cells, text);
    const [columns = [], ...rows] = Array.from(element.rows, cells);
    return { caption: text(element.caption), columns, rows };
  });
}

/** The list items of a part of the page, with all that they say, in lines. */
export async function shownItems(within: Locator): Promise<string[][]> {
  const texts = await within.getByRole('listitem').allInnerTexts();
  return texts.map((text) => text.split('\n').filter((line) => line.trim() !== ''));
}
