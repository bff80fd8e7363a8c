import { expect, test } from 'vitest';
import { scanEstimate } from '../../tools/support/scan-estimate.ts';

test('a table is read at half a unit for every 4 KB', () => {
  expect(scanEstimate('messages', { itemCount: 100_000_000, bytes: 40_960_000_000 }, 500)).toBe(
    'messages holds 100,000,000 messages of all peers in 40,960,000 kB (in AWS these figures are up to six hours old).\n' +
      'All of it is read, because the messages of a peer are spread over it: 5,000,000 read units, 10,000 s at 500 units a second.\n' +
      'In AWS that costs about 0.63 USD, at 0.125 USD per million read units (on demand, us-east-1; other regions differ).\n',
  );
});

test('a table without a message costs nothing to read', () => {
  expect(scanEstimate('messages', { itemCount: 0, bytes: 0 }, 500)).toMatch(
    /in 0 kB .*\n.*: 0 read units, 0 s/,
  );
});
