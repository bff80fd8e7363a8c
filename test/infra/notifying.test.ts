import { App, Stack } from 'aws-cdk-lib';
import { Template as SynthesizedTemplate } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { checkTemplates } from '../../infra/explained-exceptions.ts';
import { Notifying } from '../../infra/notifying.ts';
import { type StackSettings, settingsOf } from '../../infra/stack-settings.ts';
import { UsageStorage } from '../../infra/usage-storage.ts';
import { parseTemplate, permissionsOf, resourcesOf, TEMPLATE_RULES } from './template-rules.ts';

const NOTIFICATIONS: StackSettings['notifications'] = {
  subscribers: ['people@example.com', 'https://program.example.com/told'],
  webhooks: [
    { name: 'ours', kind: 'standard', url: 'https://a.example.com/hook', secretParameter: '/usage/ours' },
    { name: 'slack', kind: 'slack', urlParameter: 'slack-url' },
  ],
};

/** A stack with what tells people; bundles are not made. */
function notifyingIn(notifications: StackSettings['notifications']) {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'stack');
  const settings = { ...settingsOf('dev'), notifications };
  new Notifying(stack, 'Notifying', { storage: new UsageStorage(stack, 'Storage', settings), settings });
  return { app, stack };
}

const template = parseTemplate(SynthesizedTemplate.fromStack(notifyingIn(NOTIFICATIONS).stack).toJSON());
const propertiesOf = (type: string) => resourcesOf(template, type).map(({ properties }) => properties);

describe('what tells people', () => {
  it.each(Object.entries(TEMPLATE_RULES))('keeps the rule: %s', (_name, rule) => {
    expect(rule(template)).toEqual([]);
  });

  it('breaks no rule of cdk-nag that is not explained', () => {
    const { app } = notifyingIn(NOTIFICATIONS);
    checkTemplates(app);
    expect(() => app.synth()).not.toThrow();
  });

  it('has a topic that is encrypted, takes nothing without TLS, and tells whoever subscribes', () => {
    expect(propertiesOf('AWS::SNS::Topic')).toMatchObject([{ KmsMasterKeyId: expect.anything() }]);
    expect(propertiesOf('AWS::SNS::TopicPolicy')).toMatchObject([
      {
        PolicyDocument: {
          Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
        },
      },
    ]);
    expect(propertiesOf('AWS::SNS::Subscription')).toMatchObject([
      { Protocol: 'email', Endpoint: 'people@example.com' },
      { Protocol: 'https', Endpoint: 'https://program.example.com/told' },
    ]);
  });

  it('runs every minute, for a minute at most', () => {
    expect(propertiesOf('AWS::Scheduler::Schedule')).toMatchObject([
      { ScheduleExpression: 'cron(* * * * ? *)', Target: { RetryPolicy: { MaximumEventAgeInSeconds: 60 } } },
    ]);
    expect(propertiesOf('AWS::Lambda::Function')).toMatchObject([{ Timeout: 60 }]);
  });

  it('knows the names of secrets, and no secret', () => {
    const [{ Environment: environment } = {}] = propertiesOf('AWS::Lambda::Function');
    expect(environment).toMatchObject({
      Variables: {
        NOTIFICATION_TARGETS: {
          'Fn::Join': [
            '',
            [
              '[{"name":"topic","kind":"topic","topicArn":"',
              { Ref: expect.stringMatching(/^NotifyingTopic/) },
              '"},{"name":"ours","kind":"standard","url":"https://a.example.com/hook","secretParameter":"/usage/ours"},' +
                '{"name":"slack","kind":"slack","urlParameter":"slack-url"}]',
            ],
          ],
        },
      },
    });
  });

  it('works off what waits, reads the parameters that are named, publishes on its topic, and may do nothing else', () => {
    expect(permissionsOf(template, 'NotifyingSendNotificationsRole')).toMatchInlineSnapshot(`
      {
        "NotifyingFailedRuns.Arn": [
          "sqs:SendMessage",
        ],
        "NotifyingSendNotificationsLog.Arn": [
          "logs:CreateLogStream",
          "logs:PutLogEvents",
        ],
        "StorageUsage.Arn where {"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["NOTIFICATION_TARGET"]}}": [
          "dynamodb:PutItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
        ],
        "StorageUsage.Arn where {"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["NOTIFICATIONS#*"]}}": [
          "dynamodb:DeleteItem",
          "dynamodb:GetItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
        ],
        "StorageUsage.Arn where {"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["NOTIFICATIONS_FAILED#*"]}}": [
          "dynamodb:PutItem",
        ],
        "arn:{"Ref":"AWS::Partition"}:ssm:{"Ref":"AWS::Region"}:{"Ref":"AWS::AccountId"}:parameter/slack-url": [
          "ssm:GetParameters",
        ],
        "arn:{"Ref":"AWS::Partition"}:ssm:{"Ref":"AWS::Region"}:{"Ref":"AWS::AccountId"}:parameter/usage/ours": [
          "ssm:GetParameters",
        ],
        "{"Ref":"NotifyingTopic1F5BE173"}": [
          "sns:Publish",
        ],
      }
    `);
  });

  it('has no need of parameters where there are no webhooks', () => {
    const without = parseTemplate(
      SynthesizedTemplate.fromStack(notifyingIn({ subscribers: [], webhooks: [] }).stack).toJSON(),
    );
    expect(JSON.stringify(without)).not.toContain('ssm:');
  });
});
