import { App, Size, Stack } from 'aws-cdk-lib';
import { Template as SynthesizedTemplate } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { AnnouncementConsumer } from '../../infra/announcement-consumer.ts';
import { Announcing } from '../../infra/announcing.ts';
import { checkTemplates } from '../../infra/explained-exceptions.ts';
import type { Stage } from '../../infra/stack-name.ts';
import { settingsOf } from '../../infra/stack-settings.ts';
import { UsageFunction } from '../../infra/usage-function.ts';
import { UsageStorage } from '../../infra/usage-storage.ts';
import {
  parseTemplate,
  permissionsOf,
  queueConsumersLoseNothing,
  resourcesOf,
  subscribedQueuesLoseNothing,
  TEMPLATE_RULES,
  type Template,
} from './template-rules.ts';

/** A function with a time limit of a minute, as a consumer; its bundle is not made. */
function consumerIn(stage: Stage, emulator = false) {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'stack');
  const settings = settingsOf(stage, { alarmsTo: 'none', emulator });
  const storage = new UsageStorage(stack, 'Storage', settings);
  const { topic } = new Announcing(stack, 'Announcing', { storage, settings });
  const handler = new UsageFunction(stack, 'Function', {
    folder: 'send-heartbeats',
    description: 'Consumes',
    memory: Size.mebibytes(256),
    waitedForBy: 'The event source mapping waits for the function, and has a failure queue.',
    storage,
    settings,
  });
  new AnnouncementConsumer(stack, 'Consumer', { topic, handler, settings });
  return { app, stack };
}

const template = parseTemplate(SynthesizedTemplate.fromStack(consumerIn('dev').stack).toJSON());

describe('a consumer of announcements', () => {
  it.each(Object.entries(TEMPLATE_RULES))('keeps the rule: %s', (_name, rule) => {
    expect(rule(template)).toEqual([]);
  });

  it.each(['dev', 'prod'] as const)('breaks no rule of cdk-nag that is not explained, in %s', (stage) => {
    const { app } = consumerIn(stage);
    checkTemplates(app);
    expect(() => app.synth()).not.toThrow();
  });

  it('can be reached without TLS on an emulator, where that is explained, and nowhere else', () => {
    const { app, stack } = consumerIn('dev', true);
    const onEmulator = parseTemplate(SynthesizedTemplate.fromStack(stack).toJSON());
    const denies = (made: Template) =>
      ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'].flatMap((type) =>
        resourcesOf(made, type).filter(({ properties }) =>
          JSON.stringify(properties).includes('SecureTransport'),
        ),
      ).length;
    // Those of the queue of failed runs are left.
    expect([denies(template), denies(onEmulator)]).toEqual([4, 1]);
    checkTemplates(app);
    expect(() => app.synth()).not.toThrow();
  });

  it('hides an announcement for six time limits, and tries it for 12 hours before it gives it up', () => {
    expect(propertiesOf('AWS::SQS::Queue', 'ConsumerQueue')).toMatchObject({
      VisibilityTimeout: 360,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringMatching(/^ConsumerFailures/), 'Arn'] },
        maxReceiveCount: 120,
      },
    });
    expect(propertiesOf('AWS::SQS::Queue', 'ConsumerFailures')).toMatchObject({
      MessageRetentionPeriod: 14 * 86_400,
    });
  });

  it('gets at most 10 at a time, in two invocations, and gives back those that failed alone', () => {
    expect(propertiesOf('AWS::Lambda::EventSourceMapping', 'ConsumerMapping')).toMatchObject({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  it('may take announcements from its queue, and nothing else', () => {
    const { 'FunctionLog.Arn': _, ...others } = permissionsOf(template, 'FunctionRole');
    expect(others).toEqual({
      'ConsumerQueue.Arn': ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    });
  });

  it('lets nobody but the topic put anything into its queues', () => {
    for (const name of ['ConsumerQueuePolicy', 'ConsumerFailuresPolicy']) {
      expect(propertiesOf('AWS::SQS::QueuePolicy', name)).toMatchObject({
        PolicyDocument: {
          Statement: [
            { Effect: 'Deny', Action: 'sqs:*' },
            {
              Effect: 'Allow',
              Action: 'sqs:SendMessage',
              Principal: { Service: 'sns.amazonaws.com' },
              Condition: {
                ArnEquals: { 'aws:SourceArn': { Ref: expect.stringMatching(/^AnnouncingTopic/) } },
              },
            },
          ],
        },
      });
    }
  });
});

describe('the topic of days', () => {
  it('is encrypted, and lets nobody in but who the account lets', () => {
    expect(propertiesOf('AWS::SNS::Topic', 'AnnouncingTopic')).toHaveProperty('KmsMasterKeyId');
    expect(propertiesOf('AWS::SNS::TopicPolicy', 'AnnouncingTopicPolicy')).toMatchObject({
      PolicyDocument: {
        Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      },
    });
  });
});

describe('the rules', () => {
  it.each([
    ['that repeats whole batches', { FunctionResponseTypes: undefined }, /: FunctionResponseTypes: /],
    ['that takes all that the account has', { ScalingConfig: undefined }, /: ScalingConfig: /],
  ])('see a queue consumer %s', (_what, properties, problem) => {
    const changed = withProperties('ConsumerMapping', properties);
    expect(queueConsumersLoseNothing(changed)).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    ['that shows a message twice', { VisibilityTimeout: 359 }, /: shows a message again before/],
    ['that repeats for ever', { RedrivePolicy: undefined }, /: RedrivePolicy: /],
    ['that forgets', { MessageRetentionPeriod: 345_600 }, /: MessageRetentionPeriod: must be 14 days/],
  ])('see a consumed queue %s', (_what, properties, problem) => {
    const changed = withProperties('ConsumerQueue', properties);
    expect(queueConsumersLoseNothing(changed)).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    ['that gets an envelope', { RawMessageDelivery: undefined }, /: RawMessageDelivery: /],
    ['without a failure queue', { RedrivePolicy: undefined }, /: RedrivePolicy: /],
  ])('see a subscription %s', (_what, properties, problem) => {
    const [subscription] = resourcesOf(template, 'AWS::SNS::Subscription');
    const changed = withProperties(subscription?.name ?? '', properties);
    expect(subscribedQueuesLoseNothing(changed)).toEqual([expect.stringMatching(problem)]);
  });
});

function propertiesOf(type: string, name: string) {
  return resourcesOf(template, type).find((found) => found.name === name)?.properties;
}

function withProperties(name: string, properties: Record<string, unknown>): Template {
  const changed = structuredClone(template);
  for (const [id, resource] of Object.entries(changed.Resources)) {
    if (id.replace(/[0-9A-F]{8}$/, '') === name) Object.assign(resource.Properties, properties);
  }
  return changed;
}
