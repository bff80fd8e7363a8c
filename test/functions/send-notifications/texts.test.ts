import { describe, expect, test } from 'vitest';
import { notificationText } from '../../../functions/send-notifications/notification-text.ts';
import { slackMessage } from '../../../functions/send-notifications/slack-message.ts';
import { topicMessage } from '../../../functions/send-notifications/topic-message.ts';
import { FINDINGS, type Finding } from '../../../functions/shared/domain/findings/findings.ts';
import { type NotificationPayload, notification } from '../../../functions/shared/domain/notification.ts';
import { report } from '../../../functions/shared/domain/report.ts';
import { usageOf } from '../../support/usage/peer-usage.ts';

const timestamp = '2026-11-22T00:40:00.000Z';
const URL_OF_PEER = 'https://usage.example/?peer=peer_support&channel=integration_123';
const DROP = exampleOf('traffic_drop');

function exampleOf(code: string): Finding {
  const example = FINDINGS.flatMap((one): Finding[] => (one.code === code ? one.examples : []))[0];
  if (example === undefined) throw new Error(`there is no example of ${code}`);
  return example;
}

function begun(names: { peerId?: string; channelName?: string } = {}): NotificationPayload {
  return {
    type: 'finding.begun',
    timestamp,
    data: {
      peerId: 'peer_support',
      url: URL_OF_PEER,
      findingId: 'f1',
      day: '2026-11-21',
      since: '2026-11-21',
      code: 'traffic_drop',
      severity: 'warning',
      channelId: 'integration_123',
      channelName: 'WebChat',
      finding: DROP,
      ...names,
    },
  };
}

function monthly(channelNames: readonly string[]): NotificationPayload {
  const usage = usageOf(channelNames.map((_, index) => [`channel_${index}`, '2026-10-05', 10 + index, 2]));
  const named = usage.channels.map((channel, index) => ({
    ...channel,
    messageName: channelNames[index] ?? '',
  }));
  return {
    type: 'report.monthly',
    timestamp,
    data: {
      peerId: 'peer_support',
      url: 'https://usage.example/?peer=peer_support',
      month: '2026-10',
      report: report(
        { ...usage, channels: named },
        {
          peerId: 'peer_support',
          period: '2026-10',
          include: new Set(),
          today: '2026-11-01',
        },
      ),
      furtherChannels: 3,
    },
  };
}

function onTopic(payload: NotificationPayload) {
  return topicMessage(notification('id1', payload), payload, notificationText(payload));
}

describe('in words', () => {
  test('a new finding is told with its numbers and the link', () => {
    expect(onTopic(begun()).readable).toMatchInlineSnapshot(`
      "Warning: traffic drop

      WebChat had 10 messages on 2026-11-21, 24.7% of the median of the same weekday in the 4 weeks before (40.5; below 50% is a drop)

      Peer: peer_support
      Channel: WebChat (integration_123)
      Messages on 2026-11-21: 10
      Median of the same weekday: 40.5
      In percent of the median: 24.7%
      Threshold: below 50%
      Least median that is judged: 20
      Messages on 2026-10-24: 38
      Messages on 2026-10-31: 41
      Messages on 2026-11-07: 44
      Messages on 2026-11-14: 40

      https://usage.example/?peer=peer_support&channel=integration_123

      finding.begun id1"
    `);
  });

  test('a finding that is more severe now, and one that is over, are told as that', () => {
    const payload = begun();
    if (payload.type !== 'finding.begun') throw new Error('it is no finding');
    const { finding: _finding, ...data } = payload.data;
    const changed = { ...payload.data, previousSeverity: 'info' } as const;
    expect(onTopic({ type: 'finding.changed', timestamp, data: changed }).subject).toBe(
      'Channel usage: Now a warning: traffic drop (peer_support)',
    );
    const over = onTopic({ type: 'finding.ended', timestamp, data: { ...data, day: '2026-11-25' } });
    expect(over.readable).toMatchInlineSnapshot(`
      "Over: traffic drop

      This was found from 2026-11-21 on, and is not found any more on 2026-11-25.

      Peer: peer_support
      Channel: WebChat (integration_123)

      https://usage.example/?peer=peer_support&channel=integration_123

      finding.ended id1"
    `);
  });

  test('a report is told with the figures of its channels', () => {
    expect(onTopic(monthly(['Slack', 'WebChat'])).readable).toMatchInlineSnapshot(`
      "Channel usage: October 2026

      Peer: peer_support
      Days: 2026-10-01 to 2026-10-31 (UTC)
      Messages: 21
      Conversations: 4
      Channels: 2
      Messages against the month before: no figures for the whole month before
      Conversations against the month before: no figures for the whole month before

      WebChat: Messages 11, Conversations 2, Messages per conversation 5.5, Market share 52.4%, Engagement High
      Slack: Messages 10, Conversations 2, Messages per conversation 5.0, Market share 47.6%, Engagement Low
      and 3 more channels

      https://usage.example/?peer=peer_support

      report.monthly id1"
    `);
  });
});

describe('on the topic', () => {
  test('machines get the payload as it is stored, with the id', () => {
    const { machine } = onTopic(begun());
    expect(JSON.parse(machine)).toEqual({ id: 'id1', ...begun() });
    expect(machine).toContain(JSON.stringify(begun()).slice(1));
  });

  test.each([
    ['peer_support', 'Channel usage: Warning: traffic drop (peer_support)'],
    ['Füße', 'Channel usage: Warning: traffic drop'],
    ['line\nbreak', 'Channel usage: Warning: traffic drop'],
    ['p'.repeat(90), 'Channel usage: Warning: traffic drop'],
  ])('the subject is one line of ASCII, with the peer where it fits: %j', (peerId, subject) => {
    expect(onTopic(begun({ peerId })).subject).toBe(subject);
  });

  test('what is too long for mail is cut', () => {
    const { readable, subject } = onTopic(
      monthly(Array.from({ length: 400 }, (_, i) => `${i}${'n'.repeat(120)}`)),
    );
    expect(readable.length).toBe(30_000);
    expect(subject).toBe('Channel usage: October 2026 (peer_support)');
  });
});

describe('in Slack', () => {
  const EVIL = '<!channel> <@U123> <https://evil.example|here> https://evil.example & *bold* `code`';

  test('a finding has its numbers and the link', () => {
    const { text, blocks } = slackMessage(notificationText(begun()));
    const shown = blocks.map((block) =>
      'fields' in block ? block.fields.map((field) => field.text.replace('\n', ' = ')) : block.text.text,
    );
    expect([text, ...shown]).toMatchInlineSnapshot(`
      [
        "Warning: traffic drop (peer_support)
      WebChat had 10 messages on 2026-11-21, 24.7% of the median of the same weekday in the 4 weeks before (40.5; below 50% is a drop)",
        "Warning: traffic drop",
        "WebChat had 10 messages on 2026-11-21, 24.7% of the median of the same weekday in the 4 weeks before (40.5; below 50% is a drop)",
        [
          "Peer = peer_support",
          "Channel = WebChat (integration_123)",
          "Messages on 2026-11-21 = 10",
          "Median of the same weekday = 40.5",
          "In percent of the median = 24.7%",
          "Threshold = below 50%",
          "Least median that is judged = 20",
          "Messages on 2026-10-24 = 38",
          "Messages on 2026-10-31 = 41",
          "Messages on 2026-11-07 = 44",
        ],
        [
          "Messages on 2026-11-14 = 40",
        ],
        "<https://usage.example/?peer=peer_support&amp;channel=integration_123|Open the dashboard>",
      ]
    `);
  });

  test('a name mentions nobody, links nothing and formats nothing', () => {
    for (const payload of [begun({ channelName: EVIL, peerId: EVIL }), monthly([EVIL])]) {
      const message = slackMessage(notificationText(payload));
      const told = JSON.stringify(message).replace(/<https:\/\/usage\.example[^|]*\|Open the dashboard>/, '');
      expect(told).not.toMatch(/[<>]/);
      expect(told).not.toContain('https://');
      expect(told).toContain('&lt;!channel&gt; &lt;@U123&gt;');
      // Whatever a name is in, Slack shows as it is.
      const formatted = JSON.stringify(
        message.blocks.filter((block) => JSON.stringify(block).includes('mrkdwn')),
      );
      expect(formatted).not.toContain('evil');
    }
  });

  test('a link holds nothing that ends it', () => {
    const payload = begun();
    if (payload.type !== 'finding.begun') throw new Error('it is no finding');
    payload.data.url = 'https://usage.example/?peer=a|b>c&channel=d';
    expect(slackMessage(notificationText(payload)).blocks.at(-1)).toEqual({
      type: 'section',
      text: {
        type: 'mrkdwn',
        text: '<https://usage.example/?peer=a%7Cb&gt;c&amp;channel=d|Open the dashboard>',
        verbatim: true,
      },
    });
  });

  test('nothing is longer than Slack takes, whatever names are like', () => {
    for (const payload of [
      begun({ channelName: '&'.repeat(5_000) }),
      monthly(Array(400).fill('&'.repeat(128))),
    ]) {
      const { text, blocks } = slackMessage(notificationText(payload));
      expect(blocks.length).toBeLessThanOrEqual(50);
      for (const block of blocks) {
        if ('fields' in block) {
          expect(block.fields.length).toBeLessThanOrEqual(10);
          for (const field of block.fields) expect(field.text.length).toBeLessThanOrEqual(2_000);
        } else expect(block.text.text.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3_000);
      }
      expect(text.length).toBeLessThanOrEqual(3_000);
      // No character is cut in two.
      expect(JSON.stringify(blocks)).not.toMatch(/&(?!amp;|lt;|gt;)/);
    }
  });
});
