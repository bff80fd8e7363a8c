import { expect, test } from 'vitest';
import { usageCsv, usageFileName } from '../../dashboard/src/features/channel-usage/usage-csv.ts';

test('the figures are downloaded as they are shown', () => {
  const text = usageCsv([
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
  ]);
  expect(text).toBe(
    [
      '\uFEFFChannel,Channel id,Kind,Messages,Share %,Conversations,Messages per conversation',
      '"Support, ""first"" line",integration_123,slack,8245,97.7,485,17',
      'Direct/Web,direct,direct,195,2.3,12,16.3',
      "'=1+1,integration_9,acme,0,0,0,",
      '',
    ].join('\r\n'),
  );
});

test.each<[peerId: string, days: { from: string; to: string } | undefined, name: string]>([
  ['peer_123', undefined, 'channel-usage-peer_123-all-time.csv'],
  ['peer_123', { from: '2026-11-01', to: '2026-11-15' }, 'channel-usage-peer_123-2026-11-01_2026-11-15.csv'],
  ['../a\\b:c*"<>|?', undefined, 'channel-usage-.._a_b_c______-all-time.csv'],
  ['客户 7', undefined, 'channel-usage-客户_7-all-time.csv'],
])('the file of %j is named', (peerId, days, name) => {
  expect(usageFileName(peerId, days)).toBe(name);
});
