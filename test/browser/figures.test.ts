import type { Page } from 'playwright-core';
import { expect, inject, it } from 'vitest';
import type { Health } from '../../functions/shared/domain/health.ts';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { statsWith } from '../support/host/local-host.ts';
import { askGrowth, askHealth, askHistory, askStats } from './support/api.ts';
import {
  card,
  openDashboard,
  shownChannels,
  shownItems,
  shownTable,
  shownTotal,
} from './support/dashboard-page.ts';
import { change, counted, days, expectedChannels, expectedHistory, figure } from './support/expected.ts';
import { newPeer, record } from './support/hosts.ts';
import { SAMPLE_PEERS } from './support/sample-host.ts';
import { newVisitor } from './support/visitors.ts';

// What is on the page is what the API says.

const host = inject('host');

type Finding = Health['findings'][number];

it.each(SAMPLE_PEERS)('all that the page shows of %s', async (peerId) => {
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}`);
  await expectUsage(page, peerId);
  await expectRatios(page, peerId);
  await expectHistory(page, peerId);
  await expectGrowth(page, peerId);
  await expectHealth(page, peerId);
});

it('channels of the same name, by their ids', async () => {
  const peerId = newPeer();
  await record(host, peerId, [
    { channelId: 'integration_7', channelName: 'Slack', galleryKey: 'slack' },
    { channelId: 'integration_8', channelName: 'Slack', galleryKey: 'slack' },
  ]);
  await statsWith(host, peerId, 2);
  const page = await openDashboard(await newVisitor(host.url), host.apiKey, `?peer=${peerId}`);
  expect(await shownTotal(page)).toBe('2 messages');
  expect((await shownItems(card(page, 'Channel Usage'))).map(([name, id]) => [name, id])).toEqual([
    ['Slack', 'integration_7'],
    ['Slack', 'integration_8'],
  ]);
  expect((await shownItems(card(page, 'Messages per conversation'))).map(([name]) => name)).toEqual([
    'Slack (integration_7)',
    'Slack (integration_8)',
  ]);
  await card(page, 'Channel Usage')
    .getByRole('progressbar', { name: 'Slack (integration_8): share of messages' })
    .waitFor();
});

/** The total and every channel, in order, with a bar as wide as its share. */
async function expectUsage(page: Page, peerId: string): Promise<void> {
  const stats = await askStats(host, peerId);
  expect(await shownTotal(page)).toBe(counted(stats.total.messageCount, 'message'));
  const shown = await shownChannels(page);
  expect(shown.map(({ barWidth: _, ...row }) => row)).toEqual(expectedChannels(stats));
  for (const [index, { percentage = 0 }] of stats.channels.entries()) {
    expect(Math.abs((shown[index]?.barWidth ?? Number.NaN) - percentage)).toBeLessThan(1);
  }
}

/** Messages per conversation. */
async function expectRatios(page: Page, peerId: string): Promise<void> {
  const { channels } = await askStats(host, peerId);
  expect(await shownItems(card(page, 'Messages per conversation'))).toEqual(
    channels.map(({ channelName, messageCount, conversationCount }) =>
      conversationCount === 0
        ? [channelName, '–']
        : [
            channelName,
            (messageCount / conversationCount).toFixed(1),
            messageCount / conversationCount > 5 ? 'High' : 'Low',
          ],
    ),
  );
}

/** The figures behind the charts, by day, week and month. */
async function expectHistory(page: Page, peerId: string): Promise<void> {
  const today = dayOf(Date.now());
  const monday = addDays(today, -((new Date(today).getUTCDay() + 6) % 7));
  const ranges = {
    Day: { interval: 'day', from: addDays(today, -89) },
    Week: { interval: 'week', from: addDays(monday, -52 * 7) },
    Month: { interval: 'month', from: `${monthsBefore(today, 12)}-01` },
  };
  const charts = [card(page, 'Messages over time'), card(page, 'New conversations')];
  const { findings } = await askHealth(host, peerId);
  for (const chart of charts) await chart.getByRole('button', { name: 'Show as table' }).click();
  for (const [label, { interval, from }] of Object.entries(ranges)) {
    // The label lies over the radio button itself.
    await page.getByRole('radiogroup', { name: 'Interval' }).getByText(label, { exact: true }).click();
    const answer = await askHistory(host, peerId, { interval, from, to: today });
    const first = answer.buckets.findIndex(({ cumulative }) => cumulative.messageCount > 0);
    const used = { ...answer, buckets: answer.buckets.slice(first) };
    const expected = (['messageCount', 'conversationCount'] as const).map((name) =>
      expectedHistory(used, name, { findings }),
    );
    await expect
      .poll(() => Promise.all(charts.map((chart) => shownTable(chart.getByRole('table')))))
      .toEqual(expected);
  }
}

/** The newest week by channel, and the earlier ones. */
async function expectGrowth(page: Page, peerId: string): Promise<void> {
  const { weeks } = await askGrowth(host, peerId);
  const [newest] = weeks;
  if (newest === undefined) throw new Error('there is no week');
  const growth = card(page, 'Week over week');
  await growth.getByRole('button', { name: 'Show earlier weeks' }).click();
  expect(await shownTable(growth.getByRole('table').first())).toEqual({
    caption: `${days(newest.start, newest.end)}, and the week before`,
    columns: ['Channel', 'Messages', 'Conversations'],
    rows: [...newest.channels, { channelName: 'Total', ...newest.total }].map(
      ({ channelName, messages, conversations }) => [
        channelName,
        compared(messages),
        compared(conversations),
      ],
    ),
  });
  expect(await shownTable(growth.getByRole('table').last())).toEqual({
    caption: 'All channels, by week',
    columns: ['Week', 'Messages', 'Change', 'Conversations', 'Change'],
    rows: weeks.map(({ start, end, total: { messages, conversations } }) => [
      days(start, end),
      figure(messages.current),
      change(messages),
      figure(conversations.current),
      change(conversations),
    ]),
  });
}

/** Every finding, with the figures behind it. */
async function expectHealth(page: Page, peerId: string): Promise<void> {
  const { status, findings } = await askHealth(host, peerId);
  const health = card(page, 'Health');
  await health.getByText(status === 'ok' ? 'OK' : 'Needs attention', { exact: true }).waitFor();
  for (const summary of await health.getByText('Figures', { exact: true }).all()) await summary.click();
  const shown = await shownItems(health);
  expect(shown.map(([severity, message]) => [severity, message])).toEqual(
    findings.map((finding) => [finding.severity === 'warning' ? 'Warning' : 'Info', sentence(finding)]),
  );
  for (const [index, { evidence }] of findings.entries()) {
    for (const text of evidenceTexts(evidence)) expect(shown[index]?.join('\n')).toContain(text);
  }
}

function compared(comparison: Parameters<typeof change>[0]): string {
  const { current, previous } = comparison;
  return `${figure(current)}${previous === null ? '' : `from ${figure(previous)}`}${change(comparison)}`;
}

/** What a finding says, with its numbers and days as they are written. */
function sentence({ message, evidence }: Finding): string {
  const percentage = 'percentage' in evidence ? evidence.percentage : undefined;
  return message
    .replace(/\d{4}-\d{2}-\d{2}/g, (day) => days(day))
    .replace(`had ${percentage}%`, `had ${percentage?.toFixed(1)}%`)
    .replace(/, ([\d.]+)% of the median/, (_, percent) => `, ${share(Number(percent))} of the median`)
    .replace(
      /\((\d+) of (\d+);/,
      (_, part, whole) => `(${figure(Number(part))} of ${figure(Number(whole))};`,
    );
}

function share(percentage: number): string {
  return `${percentage.toLocaleString('en-US', { minimumFractionDigits: 1 })}%`;
}

/** All that a finding was judged on, as it is written. */
function evidenceTexts(evidence: Finding['evidence']): string[] {
  const {
    from,
    to,
    baseline = [],
    // The sentence alone tells it.
    baselineWeeks: _,
    ...figures
  } = { from: undefined, to: undefined, baseline: undefined, baselineWeeks: undefined, ...evidence };
  return [
    ...(from === undefined || to === undefined ? [] : [days(from, to)]),
    ...Object.entries(figures).map(([name, value]) => evidenceText(name, value)),
    ...baseline.flatMap(({ day, messageCount }) => [days(day), figure(messageCount)]),
  ];
}

function evidenceText(name: string, value: string | number | null): string {
  if (value === null) return 'never';
  if (typeof value === 'string') return days(value);
  if (name === 'thresholdPercent') return `${value}%`;
  if (/percent/i.test(name)) return share(value);
  return /days/i.test(name) ? `${value} day` : figure(value);
}

function monthsBefore(day: string, count: number): string {
  const date = new Date(`${day.slice(0, 7)}-01`);
  date.setUTCMonth(date.getUTCMonth() - count);
  return date.toISOString().slice(0, 7);
}
