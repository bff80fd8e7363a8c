import { describe, expect, it } from 'vitest';
import { reportFiles } from '../../../functions/send-reports/report-files.ts';
import { type Report, report } from '../../../functions/shared/domain/report.ts';
import { usageOf } from '../../support/usage/peer-usage.ts';

/** As long as an id may be, in bytes, each of which a URL writes as three. */
const LONGEST = 'ü'.repeat(128);

function reportOf(peerId: string, channelIds: readonly string[]): Report {
  const usage = usageOf(channelIds.map((channelId) => [channelId, '2026-10-10', 1, 1]));
  return report(usage, { peerId, period: '2026-10', include: new Set(), today: '2026-11-01' });
}

describe('the files of a report', () => {
  it('have all channels, at paths in which a peer stands encoded', () => {
    const peerId = 'a/b=c d';
    const whole = reportOf(
      peerId,
      Array.from({ length: 12 }, (_, index) => `channel ${index}`),
    );
    const files = reportFiles({ peerId, month: '2026-10', report: whole });
    expect(files.map(({ key }) => key)).toEqual(
      ['json', 'csv', 'html'].map((extension) => `reports/2026-10/peer=a%2Fb%3Dc%20d/report.${extension}`),
    );
    for (const { body } of files) expect(body).toContain('channel 11');
  });

  it('have keys that S3 takes, also of the longest id', () => {
    const [file] = reportFiles({ peerId: LONGEST, month: '2026-10', report: reportOf('p', ['c']) });
    expect(Buffer.byteLength(file?.key ?? '')).toBeLessThan(1_024);
  });
});
