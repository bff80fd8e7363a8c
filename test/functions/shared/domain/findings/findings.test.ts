import { expect, test } from 'vitest';
import { FINDINGS } from '../../../../../functions/shared/domain/findings/findings.ts';
import { orderInWords, whereFound } from '../../../../../functions/shared/domain/findings/in-words.ts';

test('warnings are listed before what is good to know, and each code once', () => {
  const severities = FINDINGS.map(({ severity }) => severity);
  expect(severities).toEqual(severities.toSorted().toReversed());
  const codes = FINDINGS.map(({ code }) => code);
  expect(codes).toEqual([...new Set(codes)]);
});

test('an example says what the evidence says', () => {
  expect(FINDINGS.flatMap(({ examples }) => examples.map(({ message }) => message))).toEqual([
    'Slack has had no message since 2026-11-01 (20 days; the limit is 7)',
    'WebChat had 95.2% of all messages from 2026-10-25 to 2026-11-21 (952 of 1000; above 90% it dominates)',
    'WebChat had 10 messages on 2026-11-21, 24.7% of the median of the same weekday in the 4 weeks before ' +
      '(40.5; below 50% is a drop)',
    'WebChat had 66.2% of all messages from 2026-10-25 to 2026-11-21 (662 of 1000; above 30% traffic is high)',
    'API had its first message on 2026-11-18 (48 messages up to 2026-11-21; new for 7 days)',
  ]);
});

test('where each is found is told with the defaults; a drop and a spike share a line', () => {
  expect(whereFound()).toEqual([
    '- `counting_behind`: counting has not passed the last day that is over. Then there is no other finding.',
    '- `inactive_channel`: no message for 7 days, or ever.',
    '- `dominant_channel`: more than 90% of the messages of the last 28 days, where there are two or more channels. ' +
      'Its traffic is not called high as well.',
    '- `traffic_drop`, `traffic_spike`: less than 50%, or more than 200%, of the median of the same weekday in ' +
      'the four weeks before. At least three of these days had messages, and the median is at least 20.',
    '- `high_traffic`: more than 30% of the messages of the last 28 days, where there are two or more channels and ' +
      'this one is not dominant.',
    '- `new_channel`: the first message was sent in the last 7 days, and the peer had messages before.',
  ]);
});

test('the order is told in words', () => {
  expect(orderInWords()).toBe(
    'Warnings first: by `code`, in the order counting behind, inactive, dominant, drop, spike; then high traffic and new channel.',
  );
});
