import { expect, test } from 'vitest';
import {
  separatorFor,
  type UsageCsvOptions,
  usageCsv,
  usageFileName,
} from '../../dashboard/src/features/channel-usage/usage-csv.ts';
import { pageFormatsFor } from '../../dashboard/src/page-formats.ts';
import { compareCounts } from '../../functions/shared/domain/comparison.ts';

const CHANNELS = [
  {
    channelId: 'integration_123',
    channelName: 'Support, "first" line',
    galleryKey: 'slack',
    messageCount: 8245,
    conversationCount: 485,
    percentage: 97.7,
  },
  {
    channelId: 'direct',
    channelName: 'Direct/Web',
    messageCount: 195,
    conversationCount: 12,
    percentage: 2.3,
  },
  {
    channelId: 'integration_9',
    channelName: '=1+1',
    galleryKey: 'acme',
    messageCount: 0,
    conversationCount: 0,
    percentage: 0,
  },
];

const NOVEMBER: UsageCsvOptions = {
  days: { from: '2026-11-01', to: '2026-11-15' },
  today: '2026-11-22',
  separator: 'comma',
};

test('the figures are downloaded as they are shown, and every row says of which days they are', () => {
  expect(usageCsv(CHANNELS, NOVEMBER)).toBe(
    [
      '\uFEFFChannel,Channel id,Kind,Messages,Share %,Conversations,Messages per conversation,From,To,Time zone,Complete',
      '"Support, ""first"" line",integration_123,slack,8245,97.7,485,17,2026-11-01,2026-11-15,UTC,true',
      'Direct/Web,direct,direct,195,2.3,12,16.3,2026-11-01,2026-11-15,UTC,true',
      "'=1+1,integration_9,acme,0,0,0,,2026-11-01,2026-11-15,UTC,true",
      '',
    ].join('\r\n'),
  );
});

test.each<[title: string, options: Partial<UsageCsvOptions>, days: string]>([
  ['all time goes up to today, which is not over', { days: undefined }, ',2026-11-22,UTC,false'],
  ['a range with today', { today: '2026-11-15' }, '2026-11-01,2026-11-15,UTC,false'],
  ['a range up to yesterday', { today: '2026-11-16' }, '2026-11-01,2026-11-15,UTC,true'],
])('%s', (_title, options, days) => {
  const [, row = ''] = usageCsv(CHANNELS.slice(1), { ...NOVEMBER, ...options }).split('\r\n');
  expect(row).toBe(`Direct/Web,direct,direct,195,2.3,12,16.3,${days}`);
});

test('readers whose numbers have a decimal comma get them so, between semicolons', () => {
  expect(
    ['en-US', 'de-DE', 'fr-FR', 'de-CH', 'ja-JP'].map((locale) => separatorFor(pageFormatsFor(locale))),
  ).toEqual(['comma', 'semicolon', 'semicolon', 'comma', 'comma']);
  const [, row] = usageCsv(CHANNELS.slice(1), { ...NOVEMBER, separator: 'semicolon' }).split('\r\n');
  expect(row).toBe('Direct/Web;direct;direct;195;2,3;12;16,3;2026-11-01;2026-11-15;UTC;true');
});

test.each<[peerId: string, days: { from: string; to: string } | undefined, name: string]>([
  ['peer_123', undefined, 'channel-usage-peer_123-all-time.csv'],
  ['peer_123', { from: '2026-11-01', to: '2026-11-15' }, 'channel-usage-peer_123-2026-11-01_2026-11-15.csv'],
  ['../a\\b:c*"<>|?', undefined, 'channel-usage-.._a_b_c______-all-time.csv'],
  ['客户 7', undefined, 'channel-usage-客户_7-all-time.csv'],
])('the file of %j is named', (peerId, days, name) => {
  expect(usageFileName(peerId, days)).toBe(name);
});

test('figures of a range are downloaded beside those of the days before', () => {
  const channel = (previous: ReturnType<typeof compareCounts>) => ({
    channelId: 'direct',
    channelName: 'Direct/Web',
    messageCount: 195,
    conversationCount: 12,
    percentage: 100,
    previous,
  });
  const compared = { ...NOVEMBER, previousRange: { from: '2026-10-17', to: '2026-10-31' } };
  const now = { messageCount: 195, conversationCount: 12 };
  const before = { messageCount: 150, conversationCount: 0 };
  const [columns = '', ...rows] = usageCsv(
    [channel(compareCounts(now, before)), channel(compareCounts(now, undefined))],
    compared,
  ).split('\r\n');
  expect(columns).toMatch(
    /,Complete,Messages before,Messages change,Messages change %,Conversations before,Conversations change,Conversations change %,Before from,Before to$/,
  );
  expect(rows.map((row) => row.slice(row.indexOf(',true') + 1))).toEqual([
    'true,150,45,30,0,12,,2026-10-17,2026-10-31',
    'true,,,,,,,2026-10-17,2026-10-31',
    '',
  ]);
});
