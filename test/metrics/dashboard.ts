import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** What stands for the Prometheus that is chosen when the dashboard is imported. */
const INPUT = 'DS_PROMETHEUS';

const datasource = z.object({ type: z.literal('prometheus'), uid: z.literal(`\${${INPUT}}`) });

/** The dashboard, as far as the tests look at it. */
const dashboard = z.object({
  __inputs: z.tuple([
    z.object({
      name: z.literal(INPUT),
      type: z.literal('datasource'),
      pluginId: z.literal('prometheus'),
    }),
  ]),
  __requires: z.array(z.object({ type: z.string(), id: z.string() })),
  uid: z.string(),
  schemaVersion: z.literal(42),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), datasource, query: z.object({ query: z.string() }) })),
  }),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.string(),
      title: z.string(),
      datasource,
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z
        .array(
          z.object({
            refId: z.string(),
            datasource,
            expr: z.string(),
            instant: z.boolean(),
            range: z.boolean(),
            legendFormat: z.string(),
          }),
        )
        .min(1),
    }),
  ),
});

/** A query of a panel, or one of the documentation. */
export interface Query {
  /** Where it stands. */
  of: string;
  expression: string;
  isRange: boolean;
}

const EXAMPLES = join(import.meta.dirname, '../../examples/grafana');

/** The example's dashboard. */
export const DASHBOARD = dashboard.parse(
  JSON.parse(await readFile(join(EXAMPLES, 'channel-usage.json'), 'utf8')),
);

/**
 * The queries of its panels, as Grafana sends them.
 *
 * @param variables what stands for each variable
 */
export function queriesOfPanels(variables: Readonly<Record<string, string>>): Query[] {
  return DASHBOARD.panels.flatMap(({ title, targets }) =>
    targets.map(({ refId, expr, range }) => ({
      of: `${title} (${refId})`,
      expression: expr.replace(/\$(\w+)/g, (whole, name: string) => variables[name] ?? whole),
      isRange: range,
    })),
  );
}

/** The queries that a page of the documentation shows. */
export async function queriesOfPage(path: string): Promise<Query[]> {
  const page = await readFile(join(import.meta.dirname, '../..', path), 'utf8');
  return [...page.matchAll(/```promql\n(.*?)```/gs)].map(([, expression = '']) => ({
    of: path,
    expression,
    isRange: false,
  }));
}

/**
 * The scrape configuration of the example, for a host of a test.
 *
 * @throws Error where it is not as it is taken to be
 */
export async function scrapeConfiguration(target: string, keyFile: string): Promise<string> {
  const readme = await readFile(join(EXAMPLES, 'README.md'), 'utf8');
  const [, shown = ''] = /```yaml\n(.*?)```/s.exec(readme) ?? [];
  return [
    ['scheme: https', 'scheme: http'],
    ['scrape_interval: 1m', 'scrape_interval: 2s\n    scrape_timeout: 2s'],
    ['/etc/prometheus/channel-usage.key', keyFile],
    ['[usage.example.com]', `['${target}']`],
  ].reduce((text, [from = '', to = '']) => {
    if (text.split(from).length !== 2) throw new Error(`the scrape configuration has not one ${from}`);
    return text.replace(from, to);
  }, shown);
}
