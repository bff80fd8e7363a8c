import { describe, expect, it } from 'vitest';
import {
  parseGoogleAnalyticsSettings,
  parseMixpanelSettings,
} from '../../../../functions/shared/runtime/export-settings.ts';
import {
  notificationTargetsText,
  parseNotificationTargets,
} from '../../../../functions/shared/runtime/notification-targets.ts';

const TOPIC_ARN = 'arn:aws:sns:eu-central-1:123456789012:told';
const SLACK = { name: 'slack', kind: 'slack', urlParameter: '/usage/slack' } as const;
const STANDARD = {
  name: 'own',
  kind: 'standard',
  url: 'https://hooks.example.com/usage',
  secretParameter: '/usage/own',
} as const;

describe('the variable with the targets', () => {
  it('is read as it is written, the topic first', () => {
    expect(parseNotificationTargets(notificationTargetsText(TOPIC_ARN, [STANDARD, SLACK]))).toEqual([
      { name: 'topic', kind: 'topic', topicArn: TOPIC_ARN },
      STANDARD,
      SLACK,
    ]);
  });

  it.each([
    ['no JSON', 'secret-text'],
    ['no list', '{"secret-text":1}'],
    ['an unknown target', '[{"name":"secret-text","kind":"teams"}]'],
    ['a target without a name', '[{"kind":"topic","topicArn":"secret-text"}]'],
  ])('refuses %s, and does not repeat it', (_what, text) => {
    expect(() => parseNotificationTargets(text)).toThrow(
      'the environment variable NOTIFICATION_TARGETS is wrong',
    );
    expect(() => parseNotificationTargets(text)).not.toThrow('secret-text');
  });
});

describe('the variables with the settings of exports', () => {
  const mixpanel = { projectId: '1', region: 'us', usernameParameter: 'user', secretParameter: 'secret' };
  const analytics = { measurementId: 'G-ABC123DEF4', region: 'eu', secretParameter: '/a/b' };

  it('are read as they are written', () => {
    expect(parseMixpanelSettings(JSON.stringify(mixpanel))).toEqual(mixpanel);
    expect(parseGoogleAnalyticsSettings(JSON.stringify(analytics))).toEqual(analytics);
  });

  it('say which part is wrong', () => {
    expect(() => parseMixpanelSettings(JSON.stringify({ ...mixpanel, region: 'mars' }))).toThrow(
      'the environment variable MIXPANEL is wrong: region: must be one of us, eu, in',
    );
    expect(() => parseGoogleAnalyticsSettings('{}')).toThrow(
      'the environment variable GOOGLE_ANALYTICS is wrong: measurementId: must be a measurement id',
    );
  });
});
