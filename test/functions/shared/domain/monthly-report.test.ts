import { describe, expect, it } from 'vitest';
import { dashboardLink } from '../../../../functions/shared/domain/dashboard-link.ts';
import { reportNotification } from '../../../../functions/shared/domain/monthly-report.ts';
import { parsePayload } from '../../../../functions/shared/domain/notification.ts';
import { type Report, report } from '../../../../functions/shared/domain/report.ts';
import { usageOf } from '../../../support/usage/peer-usage.ts';

const DASHBOARD = 'https://usage.example.com/dashboard';
const NOW = Date.parse('2026-11-01T00:40:00Z');

/** As long as a name may be, in characters and in bytes, each of which a URL writes as three. */
const longest = (number: number) => `${'ü'.repeat(128 - String(number).length)}${number}`;
/** A name that JSON writes with twice its characters. */
const quoted = (number: number) => `${'"'.repeat(128 - String(number).length)}${number}`;

function reportOf(peerId: string, channelIds: readonly string[]): Report {
  const usage = usageOf(channelIds.map((channelId, index) => [channelId, '2026-10-10', 100 + index, 1]));
  return report(usage, { peerId, period: '2026-10', include: new Set(), today: '2026-11-01' });
}

const told = (peerId: string, channelIds: readonly string[]) =>
  reportNotification({ peerId, month: '2026-10', report: reportOf(peerId, channelIds) }, DASHBOARD, NOW);

describe('what people are told of a report', () => {
  it.each([
    ['letters', longest],
    ['quotation marks', quoted],
  ])('has ten channels at most, and is below 20 kB with the longest names of %s', (_what, name) => {
    const { payload } = told(
      name(0),
      Array.from({ length: 50 }, (_, index) => name(index + 1)),
    );
    expect(Buffer.byteLength(payload)).toBeLessThan(20_000);
    const parsed = parsePayload(payload);
    expect(parsed).toMatchObject({ type: 'report.monthly', data: { furtherChannels: 40 } });
    // Those with the most messages; the figures are those of all.
    const { channels, overview } = parsed.type === 'report.monthly' ? parsed.data.report : reportOf('', []);
    expect(channels.map(({ messages }) => messages)).toEqual([
      149, 148, 147, 146, 145, 144, 143, 142, 141, 140,
    ]);
    expect(overview).toMatchObject({ totalMessages: 50 * 100 + (49 * 50) / 2, channelCount: 50 });
  });

  it('has an id that is the same again, and another one for each peer and month', () => {
    const { id } = told('a', ['c']);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(told('a', ['d']).id).toBe(id);
    expect(told('b', ['c']).id).not.toBe(id);
    const other = { peerId: 'a', month: '2026-11', report: reportOf('a', ['c']) };
    expect(reportNotification(other, DASHBOARD, NOW).id).not.toBe(id);
  });
});

describe('a link to the dashboard', () => {
  it('narrows it to a peer, to a channel and to days, and stays in its folder', () => {
    const range = { from: '2026-10-01', to: '2026-10-31' };
    expect(dashboardLink(`${DASHBOARD}/`, { peerId: 'a&b', range })).toBe(
      'https://usage.example.com/dashboard/?peer=a%26b&from=2026-10-01&to=2026-10-31',
    );
    expect(dashboardLink(DASHBOARD, { peerId: 'p', channelId: 'c#1' })).toBe(
      'https://usage.example.com/dashboard?peer=p&channel=c%231',
    );
  });
});
