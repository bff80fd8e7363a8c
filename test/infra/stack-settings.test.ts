import { describe, expect, it } from 'vitest';
import { stackSettings } from '../../infra/stack-settings.ts';
import { neededParameters } from '../../infra/told-settings.ts';

const WRITTEN = {
  messageRetentionDays: 400,
  counterRetentionDays: 460,
  logRetentionDays: 30,
  throttling: {
    recording: { requestsPerSecond: 1, burst: 1 },
    api: { requestsPerSecond: 1, burst: 1 },
    public: { requestsPerSecond: 1, burst: 1 },
  },
  keyLimit: { requestsPerSecond: 1, burst: 1 },
};
const STANDARD = {
  name: 'own',
  kind: 'standard',
  url: 'https://hooks.example.com/usage',
  secretParameter: '/usage/own',
};
const SLACK = { name: 'slack', kind: 'slack', urlParameter: '/usage/slack' };
const MIXPANEL = {
  projectId: '123456',
  region: 'eu',
  usernameParameter: '/usage/mixpanel-user',
  secretParameter: '/usage/mixpanel',
};
const ANALYTICS = { measurementId: 'G-ABC123DEF4', region: 'global', secretParameter: 'usage.ga4' };

const settings = (written: object) => stackSettings('dev', false, { ...WRITTEN, ...written });
const webhooks = (...all: object[]) => ({ notifications: { webhooks: all } });

describe('the tables that a stack takes over', () => {
  it('are those that the settings name', () => {
    expect(settings({}).tableNames).toEqual({});
    expect(settings({ tableNames: { usage: 'usage-2026.11.22' } }).tableNames).toEqual({
      usage: 'usage-2026.11.22',
    });
  });

  it('have names that a table can have', () => {
    expect(() => settings({ tableNames: { usage: 'no name' } })).toThrow(
      'tableNames: usage: must be the name of a table: 3 to 255 letters, digits, _, . and -',
    );
  });
});

describe('the settings of whom findings and reports are told', () => {
  it('say nobody beside the topic, that reports are made, and that nothing is exported, where they are left out', () => {
    const { notifications, monthlyReports, exports, dashboardUrl } = settings({});
    expect({ notifications, monthlyReports, exports, dashboardUrl }).toEqual({
      notifications: { subscribers: [], webhooks: [] },
      monthlyReports: true,
      exports: {},
      dashboardUrl: undefined,
    });
  });

  it('take whatever may be told', () => {
    const written = {
      notifications: {
        subscribers: ['team@example.com', 'https://told.example.com/hook'],
        webhooks: [STANDARD, SLACK],
      },
      monthlyReports: false,
      exports: { s3: true, mixpanel: MIXPANEL, googleAnalytics: ANALYTICS },
      dashboardUrl: 'https://usage.example.com/dashboard/',
    };
    expect(settings(written)).toMatchObject(written);
  });

  const publicOnly = 'cannot be told: its address is not a public one';
  it.each([
    ['plain HTTP', 'http://hooks.example.com/', 'cannot be told: it has to begin with https://'],
    ['another protocol', 'ftp://hooks.example.com/', 'cannot be told: it has to begin with https://'],
    ['no URL', 'hooks.example.com', 'must be a URL'],
    ['a private address', 'https://10.0.0.1/hook', publicOnly],
    ['loopback', 'https://127.0.0.1/hook', publicOnly],
    ['loopback, written as one number', 'https://2130706433/hook', publicOnly],
    ['loopback in IPv6', 'https://[::1]/hook', publicOnly],
    ['a link-local address', 'https://169.254.1.1/hook', publicOnly],
    ['what gives away credentials', 'https://169.254.169.254/latest/meta-data', publicOnly],
    ['that in IPv6', 'https://[fd00:ec2::254]/', publicOnly],
    ['localhost', 'https://localhost/hook', publicOnly],
    ['a name of the network at hand', 'https://receiver.local/hook', publicOnly],
    ['an internal name', 'https://metadata.google.internal/', publicOnly],
    [
      'credentials',
      'https://user:word@example.com/',
      'cannot be told: it has to hold no user name and no password',
    ],
  ])('refuse a webhook of %s', (_what, url, problem) => {
    const wrong = () => settings(webhooks(SLACK, { ...STANDARD, url }));
    expect(wrong).toThrow(
      `the settings of the stage dev are wrong: notifications: webhooks: 1: url: ${problem}`,
    );
    // The path of a URL may be a secret.
    expect(wrong).not.toThrow(url);
  });

  it.each([
    [
      'a missing secret',
      webhooks({ ...STANDARD, secretParameter: undefined }),
      /0: secretParameter: must be the name of a/,
    ],
    [
      'a secret in place of its name',
      webhooks({ ...STANDARD, secretParameter: 'whsec_MfKQ9r8GKYqrTwjUPD8I' }),
      /0: secretParameter: must be the name/,
    ],
    [
      'a URL in place of the name of its parameter',
      webhooks({ ...SLACK, urlParameter: 'https://hooks.slack.com/x' }),
      /0: urlParameter: must be the name/,
    ],
    [
      'a name without a slash before each part',
      webhooks({ ...SLACK, urlParameter: 'usage/slack' }),
      /0: urlParameter: must be the name/,
    ],
    [
      'a name with a slash at its end',
      webhooks({ ...SLACK, urlParameter: '/usage/' }),
      /0: urlParameter: must be the name/,
    ],
    [
      'a name that AWS keeps for itself',
      webhooks({ ...SLACK, urlParameter: '/aws/slack' }),
      /0: urlParameter: must be the name/,
    ],
    [
      'a URL of Slack, which is a secret',
      webhooks({ ...SLACK, url: 'https://hooks.slack.com/x' }),
      /0: Unrecognized key: "url"/,
    ],
    ['an unknown kind', webhooks({ ...SLACK, kind: 'teams' }), /0: kind: must be 'standard' or 'slack'/],
    ['no kind', webhooks({ ...SLACK, kind: undefined }), /0: kind: must be 'standard' or 'slack'/],
    [
      'a name in capitals',
      webhooks({ ...SLACK, name: 'Slack' }),
      /0: name: must have 1 to 32 characters, which are a to z/,
    ],
    ['a name that is too long', webhooks({ ...SLACK, name: 'a'.repeat(33) }), /0: name: must have 1 to 32/],
    [
      'the name of the topic',
      webhooks({ ...SLACK, name: 'topic' }),
      /0: name: must not be 'topic', which is the topic/,
    ],
    [
      'a name twice',
      webhooks(STANDARD, { ...SLACK, name: 'own' }),
      /1: name: .*there are two with the name 'own'/,
    ],
    [
      'eleven webhooks',
      webhooks(...names(11).map((name) => ({ ...SLACK, name }))),
      /webhooks: must be 10 webhooks at most/,
    ],
    [
      'more than a function has room for',
      webhooks(
        ...names(5).map((name) => ({ ...STANDARD, name, url: `https://example.com/${'x'.repeat(400)}` })),
      ),
      /webhooks: must have 2048 bytes at most/,
    ],
    ['an unknown receiver', { notifications: { mails: [] } }, /notifications: Unrecognized key: "mails"/],
    [
      'a subscriber without an address',
      { notifications: { subscribers: ['team'] } },
      /subscribers: 0: must be an e-mail address, or/,
    ],
    [
      'a subscriber over plain HTTP',
      { notifications: { subscribers: ['http://example.com/'] } },
      /subscribers: 0: must be an e-mail/,
    ],
    [
      'a private subscriber',
      { notifications: { subscribers: ['https://192.168.0.1/'] } },
      /subscribers: 0: must be an e-mail/,
    ],
    ['reports that are not switched', { monthlyReports: 'yes' }, /monthlyReports: /],
    ['an export that is not switched', { exports: { s3: false } }, /exports: s3: must be true, or left out/],
    ['an unknown export', { exports: { amplitude: {} } }, /exports: Unrecognized key: "amplitude"/],
    [
      'a region that Mixpanel has not',
      { exports: { mixpanel: { ...MIXPANEL, region: 'cn' } } },
      /exports: mixpanel: region: must be one of us, eu, in/,
    ],
    [
      'no region',
      { exports: { mixpanel: { ...MIXPANEL, region: undefined } } },
      /mixpanel: region: must be one of/,
    ],
    [
      'a project that is none',
      { exports: { mixpanel: { ...MIXPANEL, projectId: 'usage' } } },
      /projectId: must be the id of a project/,
    ],
    [
      'Mixpanel without a secret',
      { exports: { mixpanel: { ...MIXPANEL, secretParameter: undefined } } },
      /mixpanel: secretParameter: must be the name/,
    ],
    [
      'Mixpanel without an account',
      { exports: { mixpanel: { ...MIXPANEL, usernameParameter: '' } } },
      /mixpanel: usernameParameter: must be the name/,
    ],
    [
      'a region that Google Analytics has not',
      { exports: { googleAnalytics: { ...ANALYTICS, region: 'us' } } },
      /googleAnalytics: region: must be one of global, eu/,
    ],
    [
      'a measurement id that is none',
      { exports: { googleAnalytics: { ...ANALYTICS, measurementId: 'UA-12345-1' } } },
      /measurementId: must be a measurement id, such as G-/,
    ],
    [
      'Google Analytics without a secret',
      { exports: { googleAnalytics: { ...ANALYTICS, secretParameter: undefined } } },
      /googleAnalytics: secretParameter: must be the name/,
    ],
    [
      'a dashboard over plain HTTP',
      { dashboardUrl: 'http://usage.example.com/' },
      /dashboardUrl: must be an https address without/,
    ],
    [
      'a view in place of the dashboard',
      { dashboardUrl: 'https://usage.example.com/?peer=a' },
      /dashboardUrl: must be an https address without/,
    ],
    [
      'credentials of a dashboard',
      { dashboardUrl: 'https://a@example.com/' },
      /dashboardUrl: must be an https address without/,
    ],
  ])('refuse %s', (_what, written, problem) => {
    expect(() => settings(written)).toThrow(problem);
  });

  it('never repeat what may be a secret', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8I';
    expect(() => settings(webhooks({ ...STANDARD, secretParameter: secret }))).not.toThrow(secret);
  });

  it('tell which parameters have to be there before a deploy, and which settings name them', () => {
    const { notifications, exports } = settings({
      ...webhooks(STANDARD, SLACK),
      exports: { mixpanel: MIXPANEL, googleAnalytics: ANALYTICS },
    });
    expect(neededParameters({ webhooks: notifications.webhooks, exports })).toEqual([
      { name: '/usage/own', setting: 'secretParameter of the webhook own' },
      { name: '/usage/slack', setting: 'urlParameter of the webhook slack' },
      { name: '/usage/mixpanel-user', setting: 'usernameParameter of exports.mixpanel' },
      { name: '/usage/mixpanel', setting: 'secretParameter of exports.mixpanel' },
      { name: 'usage.ga4', setting: 'secretParameter of exports.googleAnalytics' },
    ]);
    expect(neededParameters({ webhooks: [], exports: { s3: true } })).toEqual([]);
  });
});

function names(howMany: number): string[] {
  return Array.from({ length: howMany }, (_, index) => `hook-${index}`);
}
