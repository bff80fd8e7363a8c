import { expect, test } from 'vitest';
import { usageMetrics } from '../../functions/shared/domain/usage-metrics.ts';
import { DASHBOARD, queriesOfPage, queriesOfPanels } from '../metrics/dashboard.ts';

// What can be told of the dashboard without a Prometheus; `npm run test:metrics` asks one.

const NAMES = new Set(
  usageMetrics([], {}).map(
    ({ name, type }) => `${name}${{ counter: '_total', info: '_info', gauge: '' }[type]}`,
  ),
);
const LABELS = new Set(['peer', 'channel', 'name', 'kind', 'status']);

test('every query names metrics and labels that there are', async () => {
  const variables = { peer: 'peer_support|peer_hr', __interval: '1m', __range: '24h' };
  const queries = [...queriesOfPanels(variables), ...(await queriesOfPage('docs/how-to/metrics.md'))];
  for (const { expression } of queries) {
    expect(expression).not.toContain('$');
    const names = expression.match(/\bchannel_usage_\w+/g) ?? [];
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(NAMES).toContain(name);
    const labels = [...expression.matchAll(/\{(\w+)=~|(?:by|on|group_left) \(([^)]*)\)/g)].flatMap(
      ([, matched = '', listed = '']) => `${matched},${listed}`.split(/,\s*/).filter((label) => label !== ''),
    );
    for (const label of labels) expect(LABELS).toContain(label);
  }
});

test('the dashboard can be imported: one data source that is asked for, and nothing else', () => {
  const used = new Set(DASHBOARD.panels.map(({ type }) => type));
  const required = DASHBOARD.__requires.filter(({ type }) => type === 'panel').map(({ id }) => id);
  expect(new Set(required)).toEqual(used);
  expect(DASHBOARD.__requires.filter(({ type }) => type === 'datasource')).toMatchObject([
    { id: 'prometheus' },
  ]);
  expect(DASHBOARD.templating.list.map(({ name, query }) => [name, query.query])).toEqual([
    ['peer', 'label_values(channel_usage_warnings, peer)'],
  ]);
});

test('its panels fill their rows, one beside the other', () => {
  const { panels } = DASHBOARD;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(cells.length % 24).toBe(0);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});
