import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { apiUrl, nextSteps, type StackState } from '../../infra/commands/next-steps.ts';
import { environmentOf, stackOptions, targetOf } from '../../infra/commands/target.ts';
import { stackName, stackOfName } from '../../infra/stack-name.ts';
import type { StackOutputs } from '../../infra/stack-outputs.ts';

const OUTPUTS: StackOutputs = {
  Region: 'eu-central-1',
  ApiUrl: 'https://abc.execute-api.eu-central-1.amazonaws.com',
  DashboardUrl: 'https://abc.execute-api.eu-central-1.amazonaws.com/',
  ApiId: 'abc',
  MessagesTableName: 'messages',
  UsageTableName: 'usage',
  AuditTableName: 'audit',
  MessageRetentionDays: '400',
  CounterRetentionDays: '460',
  FailedRecordsBucketName: 'failed',
  ExportsBucketName: 'exports',
  ExportSettings: '{}',
  CountMessagesFunctionName: 'count',
  RedriveRecordsFunctionName: 'redrive-records',
  TakeDailySnapshotFunctionName: 'snapshot',
  FailedRunsQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/failed-runs',
  DaysTopicArn: 'arn:aws:sns:eu-central-1:123456789012:days',
  NotificationTopicArn: 'arn:aws:sns:eu-central-1:123456789012:notifications',
  NotificationTargets: '[]',
  AlarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
  AlarmSubscribers: 'operator@example.com',
  MetricsDashboardName: 'channel-usage-analytics-dev',
};
const TOLD: Pick<StackState['settings'], 'notifications' | 'monthlyReports' | 'exports'> = {
  notifications: { subscribers: ['team@example.com'], webhooks: [] },
  monthlyReports: true,
  exports: {},
};
/** A stack that was deployed for the first time. */
const NEW: StackState = {
  settings: { stage: 'dev', reservedConcurrency: {}, ...TOLD },
  options: '--stage dev',
  hasKey: false,
};
const EMULATOR = { endpoint: 'http://127.0.0.1:4566' };

describe('the address of a REST API', () => {
  const outputs = { ...OUTPUTS, ApiUrl: `${OUTPUTS.ApiUrl}/dev` };

  it('ends with its stage, on an emulator too', () => {
    expect(apiUrl(outputs, {})).toBe('https://abc.execute-api.eu-central-1.amazonaws.com/dev');
    expect(apiUrl(outputs, EMULATOR)).toBe('http://127.0.0.1:4566/_aws/execute-api/abc/dev');
  });
});

describe('the target', () => {
  it('is the account, unless an endpoint is named by the command line or the environment', () => {
    expect(targetOf(undefined, {})).toEqual({});
    expect(targetOf(undefined, { AWS_ENDPOINT_URL: '' })).toEqual({});
    expect(targetOf(undefined, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566/' })).toEqual(EMULATOR);
    expect(targetOf('http://127.0.0.1:1', { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' })).toEqual({
      endpoint: 'http://127.0.0.1:1',
    });
  });

  it('that is an account is reached with the environment as it is', () => {
    expect(environmentOf({}, { AWS_PROFILE: 'mine', HOME: '/home/me' })).toEqual({
      AWS_PROFILE: 'mine',
      HOME: '/home/me',
    });
  });

  it('that is an emulator is never reached with the profile of an account', () => {
    const environment = environmentOf(EMULATOR, { AWS_PROFILE: 'mine', AWS_REGION: 'eu-west-1' });
    expect(environment).toEqual({
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-west-1',
      AWS_PROFILE: undefined,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    });
  });

  it('can be reached by a command in a shell', () => {
    expect(stackOptions({ stage: 'prod' }, {})).toBe('--stage prod');
    expect(stackOptions({ stage: 'dev', suffix: 'anna' }, EMULATOR)).toBe(
      '--stage dev --suffix anna --endpoint http://127.0.0.1:4566',
    );
  });
});

describe('after a deploy', () => {
  it('the API is addressed as AWS says, and on an emulator without a name server', () => {
    expect(apiUrl(OUTPUTS, {})).toBe('https://abc.execute-api.eu-central-1.amazonaws.com');
    expect(apiUrl(OUTPUTS, EMULATOR)).toBe('http://127.0.0.1:4566/_aws/execute-api/abc/$default');
  });

  it('the lines to paste make a key, record a message and ask for the counts', () => {
    const lines = nextSteps(OUTPUTS, {}, NEW).split('\n');
    expect(lines.filter((line) => /^ {2}(API_KEY|curl)/.test(line))).toEqual([
      '  API_KEY=$(AWS_REGION=eu-central-1 npm run --silent keys -- create --stage dev --all-peers ' +
        '--scopes stats:read,messages:write,messages:read,channels:write,shares:write,proof:read --label first); echo "$API_KEY"',
      '  curl -H "Authorization: Bearer $API_KEY" -H \'Content-Type: application/json\' ' +
        '-d \'{"messages":[{"messageId":"message_1","conversationId":"conversation_1","channelId":"direct","role":"user"}]}\' ' +
        "'https://abc.execute-api.eu-central-1.amazonaws.com/api/v1/peer/peer_123/messages'",
      '  curl -H "Authorization: Bearer $API_KEY" ' +
        "'https://abc.execute-api.eu-central-1.amazonaws.com/api/v1/peer/peer_123/channel-stats'",
    ]);
  });
});

describe('what is not set up yet after a deploy', () => {
  const prod = (reservedConcurrency: StackState['settings']['reservedConcurrency'] = {}) => ({
    settings: { ...TOLD, stage: 'prod' as const, reservedConcurrency },
    options: '--stage prod',
    hasKey: true,
  });

  it('is the first key', () => {
    const text = nextSteps(OUTPUTS, {}, NEW);
    expect(text).toContain('\nNot set up yet:\n\n  - an API key\n');
    expect(text).toContain('Alarms     are told to operator@example.com; an e-mail address has to confirm');
  });

  it('is said of who is told of alarms', () => {
    const text = nextSteps({ ...OUTPUTS, AlarmSubscribers: 'none' }, {}, NEW);
    expect(text).toContain('Alarms     nobody is told\n');
    expect(text).toContain('  - somebody who is told of alarms: alarmSubscribers');
  });

  it('is in prod what keeps recording and counting going', () => {
    expect(nextSteps(OUTPUTS, {}, prod({ 'record-messages': 10 }))).toContain(
      '  - reserved concurrency of count-messages: docs/operations.md#',
    );
  });

  it('is nothing where all is, and then nothing is said of it', () => {
    const outputs = { ...OUTPUTS, AlarmSubscribers: 'https://alarms.example.com/hook' };
    const text = nextSteps(outputs, {}, prod({ 'record-messages': 10, 'count-messages': 5 }));
    expect(text).not.toMatch(/Not set up|first API key/);
    expect(text).toMatch(/Alarms {5}are told to https:\/\/alarms.example.com\/hook\n/);
  });
});

describe('who is told of what after a deploy', () => {
  const said = (settings: Partial<StackState['settings']>) =>
    nextSteps(OUTPUTS, {}, { ...NEW, settings: { ...NEW.settings, ...settings } });

  it('is said of findings, reports and exports', () => {
    const lines = said({
      notifications: {
        subscribers: ['team@example.com'],
        webhooks: [{ name: 'chat', kind: 'slack', urlParameter: '/usage/chat' }],
      },
      exports: {
        s3: true,
        mixpanel: { projectId: '123', region: 'eu', usernameParameter: 'u', secretParameter: 's' },
        googleAnalytics: { measurementId: 'G-ABC123DEF4', region: 'global', secretParameter: 's' },
      },
    }).split('\n');
    expect(lines.filter((line) => /^ {2}(Findings|Reports|Exports)/.test(line))).toEqual([
      '  Findings   are told to team@example.com, the webhook chat; an e-mail address has to confirm a mail first',
      '  Reports    on months go to s3://exports/reports/, and are told to whom findings are',
      '  Exports    of figures go to s3://exports/, project 123 of Mixpanel, G-ABC123DEF4 of Google Analytics',
    ]);
  });

  it('is said where nothing is set up, and what would be', () => {
    const text = said({ notifications: { subscribers: [], webhooks: [] }, monthlyReports: false });
    expect(text).toContain('Findings   nobody is told, but who subscribes to their topic by hand\n');
    expect(text).toContain('  - somebody who is told of findings and reports: notifications in infra/');
    expect(text).toContain('Reports    on months are not made\n');
    expect(text).toContain('Exports    of figures are off\n');
  });
});

describe('a deploy of prod', () => {
  it('without anybody who is told of alarms is refused before anything is made', async () => {
    const { code, stderr, stdout } = await deploy('--stage', 'prod', '--endpoint', 'http://127.0.0.1:1');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'the settings of the stage prod are wrong: alarmSubscribers: nobody would hear of an alarm: name who is ' +
        "told, such as operator@example.com, or 'none', in infra/stack-settings.ts or with --alarms-to\n",
    );
  });
});

/** Runs the command as `npm run deploy` does. */
async function deploy(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const command = join(import.meta.dirname, '../../infra/commands/main.ts');
  try {
    const output = await promisify(execFile)(process.execPath, [command, 'deploy', ...args]);
    return { code: 0, ...output };
  } catch (error) {
    const failed = z.object({ code: z.unknown(), stdout: z.string(), stderr: z.string() }).parse(error);
    return failed;
  }
}

describe('the name of a stack', () => {
  it('is that of its stage, with a suffix where there are several', () => {
    expect([stackName({ stage: 'prod' }), stackName({ stage: 'dev', suffix: 'anna-2' })]).toEqual([
      'channel-usage-analytics-prod',
      'channel-usage-analytics-dev-anna-2',
    ]);
  });

  it.each(['', '1a', 'A', 'a_b', 'a'.repeat(21)])('refuses the suffix %j', (suffix) => {
    expect(() => stackName({ stage: 'dev', suffix })).toThrow('a suffix is up to 20 small letters');
  });

  it.each([
    ['channel-usage-analytics-prod', { stage: 'prod' }],
    ['channel-usage-analytics-dev-anna-2', { stage: 'dev', suffix: 'anna-2' }],
    ['channel-usage-analytics-dev-', undefined],
    ['channel-usage-analytics-developer', undefined],
    ['CDKToolkit', undefined],
  ])('tells which stack it is: %s', (name, choice) => {
    expect(stackOfName(name)).toEqual(choice);
  });
});
