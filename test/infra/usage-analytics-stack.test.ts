import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { App } from 'aws-cdk-lib';
import { Template as SynthesizedTemplate } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DEFAULT_EVENT_SOURCE } from '../../functions/count-messages/event-source.ts';
import { ALERT_SCHEDULE } from '../../functions/raise-alerts/schedule.ts';
import { REDRIVE_SCHEDULE } from '../../functions/redrive-records/schedule.ts';
import { DEPLOYED_RHYTHM } from '../../functions/shared/domain/heartbeat.ts';
import { FALLBACK_FUNCTION, methodsOf, ROUTES, routeKey } from '../../functions/shared/http/routes.ts';
import { METRIC } from '../../functions/shared/runtime/metric-names.ts';
import { readSettings } from '../../functions/shared/runtime/settings.ts';
import { AUDIT_TABLE } from '../../functions/shared/store/audit-table.ts';
import { MESSAGES_TABLE } from '../../functions/shared/store/messages-table.ts';
import type { TableDefinition } from '../../functions/shared/store/table-definition.ts';
import { USAGE_TABLE } from '../../functions/shared/store/usage-table.ts';
import { RUNS_AT_A_TIME, SNAPSHOT_SCHEDULE } from '../../functions/take-daily-snapshot/schedule.ts';
import { FUNCTION_FOLDERS } from '../../infra/bundling.ts';
import { checkTemplates } from '../../infra/explained-exceptions.ts';
import type { Stage } from '../../infra/stack-name.ts';
import { stackName } from '../../infra/stack-name.ts';
import { type StackSettings, settingsOf, stackSettings } from '../../infra/stack-settings.ts';
import { UsageAnalyticsStack } from '../../infra/usage-analytics-stack.ts';
import { ALL_EXPORTS } from '../support/permissions/all-exports.ts';
import {
  alarmsAreOfUse,
  alarmsReachSomebody,
  apiKeysAreOnlyRead,
  asynchronousPathsLoseNothing,
  bucketsArePrivate,
  environmentsHoldNoSecret,
  functionsKeepTheHouseDefaults,
  hashSecretIsOutOfReachOfTheApi,
  logsForget,
  nothingCostsAtRest,
  parseTemplate,
  permissionsOf,
  policiesNameWhatTheyAllow,
  queuesArePrivate,
  resourcesOf,
  routesHaveLimits,
  streamConsumersLoseNothing,
  TEMPLATE_RULES,
  type Template,
  usageTableIsReachedByPartition,
} from './template-rules.ts';

/** A stack, whose functions are not bundled. */
function stackOf(settings: StackSettings) {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  return { app, stack: new UsageAnalyticsStack(app, stackName({ stage: settings.stage }), settings) };
}

function synthesize(settings: StackSettings): Template {
  return parseTemplate(SynthesizedTemplate.fromStack(stackOf(settings).stack).toJSON());
}

const templates: Record<Stage, Template> = {
  dev: synthesize(settingsOf('dev')),
  prod: synthesize(settingsOf('prod', { alarmsTo: 'operator@example.com' })),
};
const template = templates.dev;
/** With everything that settings may switch on. */
const withExports = synthesize({ ...settingsOf('dev'), exports: ALL_EXPORTS });

describe.each(Object.entries({ ...templates, 'dev, with exports': withExports }))(
  'in %s',
  (_stage, synthesized) => {
    it.each(Object.entries(TEMPLATE_RULES))('%s', (_name, rule) => {
      expect(rule(synthesized)).toEqual([]);
    });
  },
);

describe('the rules', () => {
  it('see a function that is not on arm64', () => {
    const changed = withProperties('EndpointUsageApi', { Architectures: ['x86_64'] });
    expect(functionsKeepTheHouseDefaults(changed)).toEqual([
      expect.stringMatching(/^EndpointUsageApi\w+: Architectures\.0: .*"arm64"/),
    ]);
  });

  it('see a function of an older runtime, without a limit that someone chose', () => {
    const changed = withProperties('EndpointUsageApi', { Runtime: 'nodejs22.x', Timeout: undefined });
    expect(functionsKeepTheHouseDefaults(changed)).toEqual([
      expect.stringMatching(/: Runtime: /),
      expect.stringMatching(/: Timeout: /),
    ]);
  });

  it('see alarms that nobody is told of, unless that is said', () => {
    expect(alarmsReachSomebody({ ...template, Outputs: {} })).toContainEqual(
      expect.stringMatching(/: nobody is told of it/),
    );
    const elsewhere = structuredClone(templates.prod);
    for (const { id } of resourcesOf(elsewhere, 'AWS::SNS::Subscription')) {
      Object.assign(elsewhere.Resources[id] ?? {}, { Properties: { TopicArn: { Ref: 'Another' } } });
    }
    expect(alarmsReachSomebody(elsewhere)).toContainEqual(expect.stringMatching(/: nobody is told of it/));
  });

  it('see a route without a limit of its own, and a limit that comes before its route', () => {
    const [stage] = resourcesOf(template, 'AWS::ApiGatewayV2::Stage');
    const settings = z.record(z.string(), z.unknown()).parse(stage?.properties['RouteSettings']);
    const { 'POST /api/v1/peer/{peerId}/messages': _, ...others } = settings;
    expect(routesHaveLimits(withProperties('EndpointStage', { RouteSettings: others }))).toEqual([
      expect.stringMatching(/: no limit of POST .*\/messages$/),
    ]);
    expect(routesHaveLimits(withProperties('EndpointStage', { DefaultRouteSettings: undefined }))).toEqual([
      expect.stringMatching(/: DefaultRouteSettings: /),
    ]);
    const changed = structuredClone(template);
    Object.assign(changed.Resources[stage?.id ?? ''] ?? {}, { DependsOn: [] });
    expect(routesHaveLimits(changed)).toContainEqual(expect.stringMatching(/: may be made before GET \/$/));
  });

  it('see a log that is kept for ever', () => {
    const changed = withProperties('EndpointUsageApiLog', { RetentionInDays: undefined });
    expect(functionsKeepTheHouseDefaults(changed)).toEqual([
      expect.stringMatching(/^EndpointUsageApi\w+: its log group has no retention$/),
    ]);
  });

  it.each([
    ['without a failure destination', { DestinationConfig: undefined }, /: DestinationConfig: /],
    ['that starts at the latest record', { StartingPosition: 'LATEST' }, /: StartingPosition: /],
    ['that takes every record', { FilterCriteria: undefined }, /: FilterCriteria: /],
    ['that retries without end', { MaximumRecordAgeInSeconds: -1 }, /: MaximumRecordAgeInSeconds: /],
    ['that gives up within a minute of an outage', { MaximumRetryAttempts: 20 }, /: MaximumRetryAttempts: /],
    ['that never halves a batch', { BisectBatchOnFunctionError: false }, /: BisectBatchOnFunctionError: /],
    ['that repeats whole batches', { FunctionResponseTypes: undefined }, /: FunctionResponseTypes: /],
  ])('see a stream consumer %s', (_what, properties, problem) => {
    const changed = withProperties('CountingMessageStream', properties);
    expect(streamConsumersLoseNothing(changed)).toEqual([expect.stringMatching(problem)]);
  });

  it('see a bucket that is public, and one that plain HTTP reaches', () => {
    const open = withProperties('CountingFailedRecords', { PublicAccessBlockConfiguration: undefined });
    expect(bucketsArePrivate(open)).toEqual([expect.stringMatching(/: PublicAccessBlockConfiguration: /)]);
    const plain = withProperties('CountingFailedRecordsPolicy', { PolicyDocument: { Statement: [] } });
    expect(bucketsArePrivate(plain)).toEqual([expect.stringMatching(/does not refuse plain HTTP$/)]);
  });

  it('see a queue that is not encrypted or forgets when it likes, and one that plain HTTP reaches', () => {
    const open = withProperties('SnapshottingFailedRuns', {
      SqsManagedSseEnabled: undefined,
      MessageRetentionPeriod: undefined,
    });
    expect(queuesArePrivate(open)).toEqual([
      expect.stringMatching(/: SqsManagedSseEnabled: /),
      expect.stringMatching(/: MessageRetentionPeriod: /),
    ]);
    const plain = withProperties('SnapshottingFailedRunsPolicy', { PolicyDocument: { Statement: [] } });
    expect(queuesArePrivate(plain)).toEqual([expect.stringMatching(/does not refuse plain HTTP$/)]);
  });

  it.each([
    ['an action', { Action: 'dynamodb:*', Resource: table('Usage') }, /allows the action dynamodb:\*$/],
    ['a resource', { Action: 'dynamodb:GetItem', Resource: '*' }, /dynamodb:GetItem on the resource \*$/],
    ['no resource at all', { Action: 'dynamodb:GetItem' }, /on the resource \*$/],
    [
      'a part of a resource',
      { Action: ['s3:PutObject'], Resource: { 'Fn::Join': ['', [table('Usage'), '/*']] } },
      /on the resource StorageUsage\.Arn\/\*$/,
    ],
  ])('see a policy with a wildcard for %s', (_what, statement, problem) => {
    const changed = withProperties('EndpointUsageApiRoleDefaultPolicy', {
      PolicyDocument: { Statement: [{ Effect: 'Allow', ...statement }] },
    });
    expect(policiesNameWhatTheyAllow(changed)).toEqual([expect.stringMatching(problem)]);
  });

  it('see a log of the API that is kept for ever', () => {
    const changed = withProperties('EndpointAccessLog', { RetentionInDays: undefined });
    expect(logsForget(changed)).toEqual([expect.stringMatching(/^EndpointAccessLog\w+: has no retention$/)]);
  });

  it.each([
    ['that says nothing of what to do', { AlarmDescription: 'Something is wrong.' }, /: AlarmDescription: /],
    ['that reaches nobody', { AlarmActions: [] }, /: AlarmActions: /],
    ['that rings where nothing happens', { TreatMissingData: 'breaching' }, /: TreatMissingData: /],
    [
      'for nothing happening that does not ring then',
      { ComparisonOperator: 'LessThanThreshold' },
      /: TreatMissingData: /,
    ],
  ])('see an alarm %s', (_what, properties, problem) => {
    const changed = withProperties('Alarmsrecordsquarantined', properties);
    expect(alarmsAreOfUse(changed)).toEqual([expect.stringMatching(problem)]);
  });

  it('see what costs something at rest', () => {
    const provisioned = withProperties('StorageUsage', { BillingMode: 'PROVISIONED' });
    expect(nothingCostsAtRest(provisioned)).toEqual([expect.stringMatching(/: has provisioned capacity$/)]);
    const changed = structuredClone(template);
    changed.Resources['Gateway'] = { Type: 'AWS::EC2::NatGateway', Properties: {} };
    expect(nothingCostsAtRest(changed)).toEqual(['Gateway: AWS::EC2::NatGateway may cost something at rest']);
  });

  it.each([
    ['by its name', { MIXPANEL_TOKEN: 'x' }, 'MIXPANEL_TOKEN'],
    ['by its value', { CALLER: 'cua_0123_abc' }, 'CALLER'],
    ['that CloudFormation would fill in', { EXPORT: '{{resolve:secretsmanager:x}}' }, 'EXPORT'],
  ])('see a secret in the environment, %s', (_how, Variables, name) => {
    const changed = withProperties('EndpointUsageApi', { Environment: { Variables } });
    expect(environmentsHoldNoSecret(changed)).toEqual([
      expect.stringMatching(new RegExp(`^EndpointUsageApi\\w+: has a secret in ${name}$`)),
    ]);
  });

  it('see what is invoked asynchronously without a failure destination', () => {
    const [handler] = resourcesOf(template, 'AWS::Lambda::Function');
    const changed = structuredClone(template);
    changed.Resources['Allowed'] = {
      Type: 'AWS::Lambda::Permission',
      Properties: { FunctionName: { 'Fn::GetAtt': [handler?.id, 'Arn'] }, Principal: 'events.amazonaws.com' },
    };
    changed.Resources['Daily'] = { Type: 'AWS::Scheduler::Schedule', Properties: { Target: {} } };
    expect(asynchronousPathsLoseNothing(changed)).toEqual([
      'Allowed: events.amazonaws.com invokes a function without a failure destination',
      'Daily: has no queue for what could not be delivered',
      'Daily: invokes a function without a failure destination',
    ]);
    changed.Resources['Kept'] = {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: handler?.id },
        DestinationConfig: { OnFailure: { Destination: 'x' } },
      },
    };
    changed.Resources['Daily'].Properties = {
      Target: { Arn: { 'Fn::GetAtt': [handler?.id, 'Arn'] }, DeadLetterConfig: { Arn: 'x' } },
    };
    expect(asynchronousPathsLoseNothing(changed)).toEqual([]);
  });

  it.each([
    ['without a condition', undefined],
    ['in every partition', like('*')],
    ['by an operator of another kind', { StringLike: { 'dynamodb:LeadingKeys': ['PEER#*'] } }],
  ])('see what reaches the usage table %s', (_how, Condition) => {
    const changed = withStatement('EndpointUsageApiRoleDefaultPolicy', {
      Action: 'dynamodb:GetItem',
      ...(Condition !== undefined && { Condition }),
    });
    expect(usageTableIsReachedByPartition(changed)).toEqual([
      expect.stringMatching(/: allows dynamodb:GetItem in whichever partition of the usage table$/),
    ]);
  });

  it('see what cannot be held to partitions, on an index too', () => {
    const changed = withStatement('EndpointUsageApiRoleDefaultPolicy', {
      Action: 'dynamodb:Scan',
      Resource: { 'Fn::Join': ['', [table('Usage'), '/index/dirty-days']] },
      Condition: like('DIRTY#*'),
    });
    expect(usageTableIsReachedByPartition(changed)).toEqual([
      expect.stringMatching(/: allows dynamodb:Scan on the usage table, which cannot be held to partitions$/),
    ]);
  });

  it.each([
    ['dynamodb:PutItem', like('API_*')],
    ['dynamodb:Query', equals('API_KEY')],
  ])('see a function that may do %s of API keys', (Action, Condition) => {
    const changed = withStatement('CountingCountMessagesRoleDefaultPolicy', { Action, Condition });
    expect(apiKeysAreOnlyRead(changed)).toEqual([
      expect.stringMatching(new RegExp(`: allows ${Action} of API keys$`)),
    ]);
  });

  it('see a function of the API that may read the hash secret', () => {
    const statement = { Action: 'dynamodb:GetItem', Condition: equals('HASH_SECRET') };
    for (const name of ['UsageApi', 'RecordMessages', 'ManageChannels']) {
      const changed = withStatement(`Endpoint${name}RoleDefaultPolicy`, statement);
      expect(hashSecretIsOutOfReachOfTheApi(changed)).toEqual([
        expect.stringMatching(/: allows dynamodb:GetItem of the hash secret$/),
      ]);
    }
  });

  it('see no fault in the function that looks messages up, which reads it', () => {
    expect(hashSecretIsOutOfReachOfTheApi(template)).toEqual([]);
    expect(permissionsOf(template, 'EndpointLookUpMessagesRole')).toHaveProperty([
      usageWhere(equals('HASH_SECRET')),
    ]);
  });

  it('see a role with a managed policy', () => {
    const changed = withProperties('EndpointUsageApiRole', {
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/x'],
    });
    expect(policiesNameWhatTheyAllow(changed)).toEqual([expect.stringMatching(/: has ManagedPolicyArns,/)]);
  });
});

describe('the roles', () => {
  it('let record-messages put messages, read API keys and what belongs to peers, and not change the usage table', () => {
    expect(permissionsOf(template, 'EndpointRecordMessagesRole')).toEqual({
      'EndpointRecordMessagesLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      'StorageMessages.Arn': ['dynamodb:PutItem'],
      [usageWhere(equals('API_KEY'))]: ['dynamodb:GetItem'],
      [usageWhere(equals('SHARE_LINK'))]: ['dynamodb:GetItem'],
      [usageWhere(like('PEER#*'))]: ['dynamodb:BatchGetItem', 'dynamodb:GetItem'],
    });
  });

  it('let look-up-messages read what belongs to peers, and messages and the hash secret by their keys', () => {
    expect(permissionsOf(template, 'EndpointLookUpMessagesRole')).toEqual({
      'EndpointLookUpMessagesLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      'StorageMessages.Arn': ['dynamodb:BatchGetItem'],
      [usageWhere(equals('API_KEY'))]: ['dynamodb:GetItem'],
      [usageWhere(equals('SHARE_LINK'))]: ['dynamodb:GetItem'],
      [usageWhere(equals('HASH_SECRET'))]: ['dynamodb:GetItem'],
      [usageWhere(like('ERASED#*'))]: ['dynamodb:GetItem'],
      [usageWhere(like('PEER#*'))]: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
    });
  });

  it('let usage-api read API keys, the directory and what belongs to peers, and nothing else', () => {
    expect(permissionsOf(template, 'EndpointUsageApiRole')).toEqual({
      'EndpointUsageApiLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [usageWhere(equals('API_KEY'))]: ['dynamodb:GetItem'],
      [usageWhere(equals('SHARE_LINK'))]: ['dynamodb:GetItem'],
      [usageWhere(equals('PASSED_HEARTBEATS'))]: ['dynamodb:GetItem'],
      [usageWhere(like('GIVEN_UP', 'PEER#*'))]: ['dynamodb:BatchGetItem'],
      [usageWhere(like('DIRECTORY#*'))]: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
      [usageWhere(like('PEER#*'))]: ['dynamodb:GetItem', 'dynamodb:Query'],
    });
  });

  it('let manage-channels read API keys, and write what belongs to peers and nothing else', () => {
    expect(permissionsOf(template, 'EndpointManageChannelsRole')).toEqual({
      'EndpointManageChannelsLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [usageWhere(equals('API_KEY'))]: ['dynamodb:GetItem'],
      [usageWhere(equals('SHARE_LINK'))]: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      [usageWhere(like('DIRECTORY#*'))]: ['dynamodb:PutItem'],
      [usageWhere(like('ERASED#*'))]: ['dynamodb:ConditionCheckItem', 'dynamodb:GetItem'],
      [usageWhere(like('PEER#*'))]: [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ],
    });
  });

  it('let raise-alerts read what belongs to peers, write what they are told and what waits, and send nothing', () => {
    expect(permissionsOf(template, 'AlertingRaiseAlertsRole')).toEqual({
      'AlertingRaiseAlertsLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [usageWhere(like('PEER#*'))]: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      [usageWhere(like('NOTIFICATIONS#*'))]: ['dynamodb:PutItem'],
      [usageWhere(equals('PASSED_HEARTBEATS'))]: ['dynamodb:GetItem'],
      [usageWhere(like('DIRECTORY#*'))]: ['dynamodb:Query'],
      [usageWhere(equals('SWEEP#alerts'))]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      'AlertingConsumerQueue.Arn': ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      'AlertingFailedRuns.Arn': ['sqs:SendMessage'],
    });
  });

  it('let audit-figures read what belongs to peers, and write what it has found', () => {
    expect(permissionsOf(template, 'AuditingAuditFiguresRole')).toEqual({
      'AuditingAuditFiguresLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [usageWhere(like('PEER#*'))]: [
        'dynamodb:ConditionCheckItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
      ],
      [usageWhere(like('DIRECTORY#*'))]: ['dynamodb:Query'],
      [usageWhere(equals('SWEEP#audits-of-even-days'))]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      [usageWhere(equals('SWEEP#audits-of-odd-days'))]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      'AuditingFailedRuns.Arn': ['sqs:SendMessage'],
    });
    expect(permissionsOf(template, 'AuditingScheduleRole')).toEqual({
      'AuditingAuditFigures.Arn': ['lambda:InvokeFunction'],
      'AuditingFailedRuns.Arn': ['sqs:SendMessage'],
    });
  });

  it('let serve-dashboard write its log, and see no table', () => {
    expect(permissionsOf(template, 'EndpointServeDashboardRole')).toEqual({
      'EndpointServeDashboardLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    });
  });

  /** What counting does with the usage table, whichever function counts. */
  const COUNTING = {
    [usageWhere(like('PEER#*'))]: [
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PartiQLInsert',
      'dynamodb:PartiQLUpdate',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    [usageWhere(like('DIRECTORY#*'))]: [
      'dynamodb:BatchGetItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PartiQLInsert',
      'dynamodb:PartiQLUpdate',
      'dynamodb:UpdateItem',
    ],
    [usageWhere(like('ERASED#*'))]: [
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:GetItem',
    ],
    [usageWhere(equals('HASH_SECRET'))]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    [usageWhere(like('QUARANTINE#*'))]: ['dynamodb:PutItem'],
  };

  it('let count-messages read the stream, count and put what failed aside', () => {
    expect(permissionsOf(template, 'CountingCountMessagesRole')).toEqual({
      'CountingCountMessagesLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ...COUNTING,
      [usageWhere(equals('PASSED_HEARTBEATS'))]: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      'StorageMessages.StreamArn': [
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
      ],
      'CountingFailedRecords.Arn': ['s3:ListBucket'],
      'CountingFailedRecords.Arn/aws/lambda/*': ['s3:PutObject'],
    });
  });

  const ofExport = (name: string) => {
    const role = `ExportingExportTo${name}Role`;
    const permissions = Object.entries(permissionsOf(withExports, role));
    const ofAll = [`ExportingExportTo${name}Log.Arn`, `ExportingExportTo${name}DaysQueue.Arn`];
    return Object.fromEntries(permissions.filter(([resource]) => !ofAll.includes(resource)));
  };

  it('let each export read days, note what it has done, and read its own secrets alone', () => {
    const parameter = expect.stringMatching(/:parameter\/channel-usage\//);
    expect(ofExport('S3')).toEqual({
      [usageWhere(like('PEER#*'))]: ['dynamodb:Query'],
      'ExportsBucket.Arn/day=*': ['s3:PutObject'],
    });
    expect(Object.entries(ofExport('Mixpanel'))).toEqual([
      [usageWhere(like('PEER#*')), ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem']],
      [usageWhere(like('EXPORT_REFUSED#mixpanel#*')), ['dynamodb:PutItem']],
      [parameter, ['ssm:GetParameters']],
      [parameter, ['ssm:GetParameters']],
    ]);
    expect(Object.entries(ofExport('GoogleAnalytics'))).toEqual([
      [usageWhere(like('PEER#*')), ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem']],
      [usageWhere(like('EXPORT_GAPS#ga4#*')), ['dynamodb:DeleteItem', 'dynamodb:PutItem']],
      [parameter, ['ssm:GetParameters']],
    ]);
  });

  it('let redrive-records count, and read and delete what Lambda put aside', () => {
    expect(permissionsOf(template, 'RedrivingRedriveRecordsRole')).toEqual({
      'RedrivingRedriveRecordsLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ...COUNTING,
      [usageWhere(equals('GIVEN_UP'))]: ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query'],
      'CountingFailedRecords.Arn': ['s3:ListBucket'],
      'CountingFailedRecords.Arn/aws/lambda/*': ['s3:DeleteObject', 's3:GetObject'],
      'RedrivingFailedRuns.Arn': ['sqs:SendMessage'],
    });
    expect(permissionsOf(template, 'RedrivingScheduleRole')).toEqual({
      'RedrivingRedriveRecords.Arn': ['lambda:InvokeFunction'],
      'RedrivingFailedRuns.Arn': ['sqs:SendMessage'],
    });
  });

  it('let send-heartbeats put heartbeats, and no message', () => {
    expect(permissionsOf(template, 'HeartbeatsSendHeartbeatsRole')).toEqual({
      'HeartbeatsSendHeartbeatsLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [`StorageMessages.Arn where ${JSON.stringify(like('HEARTBEAT#*'))}`]: ['dynamodb:PutItem'],
      'HeartbeatsFailedRuns.Arn': ['sqs:SendMessage'],
    });
  });

  it('let take-daily-snapshot change what belongs to peers and see no message', () => {
    expect(permissionsOf(template, 'SnapshottingTakeDailySnapshotRole')).toEqual({
      'SnapshottingTakeDailySnapshotLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [usageWhere(like('PEER#*'))]: [
        'dynamodb:BatchGetItem',
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ],
      [`StorageUsage.Arn/index/dirty-days where ${JSON.stringify(like('DIRTY#*'))}`]: ['dynamodb:Query'],
      'SnapshottingFailedRuns.Arn': ['sqs:SendMessage'],
    });
  });

  it('let announce-days read changed days, note how far it has come, and publish to its topic', () => {
    const topic = propertiesOf('AWS::SNS::TopicPolicy', 'AnnouncingTopicPolicy')?.['Topics'];
    const [reference] = z.tuple([z.unknown()]).parse(topic);
    expect(permissionsOf(template, 'AnnouncingAnnounceDaysRole')).toEqual({
      'AnnouncingAnnounceDaysLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [`StorageUsage.Arn/index/changed-peers where ${JSON.stringify(like('CHANGED#*'))}`]: ['dynamodb:Query'],
      [usageWhere(like('PEER#*'))]: ['dynamodb:Query'],
      [usageWhere(like('FOLLOWER#*'))]: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      [JSON.stringify(reference)]: ['sns:Publish'],
      'AnnouncingFailedRuns.Arn': ['sqs:SendMessage'],
    });
  });

  it('let send-reports read what belongs to peers, and put reports and what is to be told of them', () => {
    expect(permissionsOf(template, 'ReportingSendReportsRole')).toEqual({
      'ReportingSendReportsLog.Arn': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [usageWhere(like('PEER#*'))]: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      [usageWhere(like('NOTIFICATIONS#*'))]: ['dynamodb:PutItem'],
      [usageWhere(equals('PASSED_HEARTBEATS'))]: ['dynamodb:GetItem'],
      [usageWhere(like('DIRECTORY#*'))]: ['dynamodb:Query'],
      [usageWhere(equals('SWEEP#reports'))]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      'ExportsBucket.Arn/reports/*': ['s3:PutObject'],
      'ReportingFailedRuns.Arn': ['sqs:SendMessage'],
    });
    expect(permissionsOf(template, 'ReportingScheduleRole')).toEqual({
      'ReportingSendReports.Arn': ['lambda:InvokeFunction'],
      'ReportingFailedRuns.Arn': ['sqs:SendMessage'],
    });
  });

  it('let the schedule invoke that function and report what it could not, and nobody else be it', () => {
    expect(permissionsOf(template, 'SnapshottingScheduleRole')).toEqual({
      'SnapshottingTakeDailySnapshot.Arn': ['lambda:InvokeFunction'],
      'SnapshottingFailedRuns.Arn': ['sqs:SendMessage'],
    });
    const group = [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':scheduler:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      ':schedule-group/default',
    ];
    expect(propertiesOf('AWS::IAM::Role', 'SnapshottingScheduleRole')).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                'aws:SourceArn': { 'Fn::Join': ['', group] },
              },
            },
          },
        ],
      },
    });
  });
});

describe('the tables', () => {
  it.each([
    ['StorageMessages', MESSAGES_TABLE],
    ['StorageUsage', USAGE_TABLE],
    ['StorageAudit', AUDIT_TABLE],
  ])('%s is as its definition says', (name, definition) => {
    expect(propertiesOf('AWS::DynamoDB::Table', name)).toEqual(tableProperties(definition));
  });

  it.each([
    ['dev', 'Delete', false],
    ['prod', 'Retain', true],
  ] as const)(
    'in %s have the deletion policy %s, and the failed records and logs too',
    (stage, policy, protect) => {
      const tables = resourcesOf(templates[stage], 'AWS::DynamoDB::Table');
      expect(tables.map(({ properties }) => properties['DeletionProtectionEnabled'])).toEqual([
        protect,
        protect,
        protect,
      ]);
      const kept = [
        'AWS::DynamoDB::Table',
        'AWS::S3::Bucket',
        'AWS::SQS::Queue',
        'AWS::Logs::LogGroup',
      ].flatMap((type) => resourcesOf(templates[stage], type));
      expect(new Set(kept.map(({ deletionPolicy }) => deletionPolicy))).toEqual(new Set([policy]));
    },
  );
});

describe('tables that settings name', () => {
  const named = synthesize({
    ...settingsOf('dev'),
    tableNames: { messages: 'messages-again', usage: 'usage-again', audit: 'audit-again' },
  });
  const tables = resourcesOf(named, 'AWS::DynamoDB::Table');

  it('are taken over under their names, as other resources, and outlive the stack', () => {
    const before = resourcesOf(template, 'AWS::DynamoDB::Table');
    expect(tables.map(({ properties }) => properties['TableName'])).toEqual([
      'messages-again',
      'usage-again',
      'audit-again',
    ]);
    expect(tables.map(({ deletionPolicy }) => deletionPolicy)).toEqual(['Retain', 'Retain', 'Retain']);
    expect(before.filter(({ id }) => tables.some((table) => table.id === id))).toEqual([]);
    expect(tables.map(({ properties: { TableName: _, ...properties } }) => properties)).toEqual(
      before.map(({ properties }) => properties),
    );
  });

  it('feed the counting by their own stream, from its first record on', () => {
    const [mapping] = resourcesOf(named, 'AWS::Lambda::EventSourceMapping').filter(
      ({ name }) => name === 'CountingMessageStream',
    );
    expect(mapping?.properties).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [tables[0]?.id, 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  it('are the only thing that differs where one of them is named', () => {
    const one = synthesize({ ...settingsOf('dev'), tableNames: { usage: 'usage-again' } });
    const [messages] = resourcesOf(one, 'AWS::DynamoDB::Table');
    expect(messages).toEqual(resourcesOf(template, 'AWS::DynamoDB::Table')[0]);
  });
});

describe('the stream consumer', () => {
  it('is fed as the event source settings say', () => {
    expect(propertiesOf('AWS::Lambda::EventSourceMapping', 'CountingMessageStream')).toMatchObject({
      BatchSize: DEFAULT_EVENT_SOURCE.batchSize,
      MaximumBatchingWindowInSeconds: DEFAULT_EVENT_SOURCE.batchingWindowSeconds,
      ParallelizationFactor: DEFAULT_EVENT_SOURCE.parallelizationFactor,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: DEFAULT_EVENT_SOURCE.maximumRecordAgeSeconds,
      FilterCriteria: {
        Filters: DEFAULT_EVENT_SOURCE.filters.map((filter) => ({ Pattern: JSON.stringify(filter) })),
      },
    });
  });

  it('keeps what it gave up for 30 days', () => {
    expect(propertiesOf('AWS::S3::Bucket', 'CountingFailedRecords')).toMatchObject({
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 30, Status: 'Enabled' }] },
    });
  });
});

describe('the snapshot job', () => {
  const queue = { 'Fn::GetAtt': [expect.stringMatching(/^SnapshottingFailedRuns/), 'Arn'] };
  const handler = expect.stringMatching(/^SnapshottingTakeDailySnapshot[0-9A-F]{8}$/);

  it('runs for all lanes of peers as the schedule that the local host has too says, and is told for when', () => {
    const schedules = resourcesOf(template, 'AWS::Scheduler::Schedule').filter(({ name }) =>
      name.startsWith('SnapshottingSchedule'),
    );
    const ofLanes = (lanes: string) => ({
      ScheduleExpression: `cron(${SNAPSHOT_SCHEDULE.minute} * * * ? *)`,
      ScheduleExpressionTimezone: 'Etc/UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target: {
        Arn: { 'Fn::GetAtt': [handler, 'Arn'] },
        RoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^SnapshottingScheduleRole/), 'Arn'] },
        Input: `{"scheduledAt":"<aws.scheduler.scheduled-time>","lanes":${lanes}}`,
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
        DeadLetterConfig: { Arn: queue },
      },
    });
    expect(schedules.map(({ properties }) => properties)).toMatchObject(
      ['[0,4]', '[1,5]', '[2,6]', '[3,7]'].map(ofLanes),
    );
  });

  it('has as long as Lambda allows, and is repeated until the next run would do its work', () => {
    expect(propertiesOf('AWS::Lambda::Function', 'SnapshottingTakeDailySnapshot')).toMatchObject({
      Timeout: 900,
    });
    const [, ofRedriving, ofSnapshots] = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').map(
      ({ properties }) => properties,
    );
    const config = {
      FunctionName: { Ref: handler },
      Qualifier: '$LATEST',
      MaximumEventAgeInSeconds: 3600,
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: queue } },
    };
    expect(ofSnapshots).toEqual(config);
    expect(ofRedriving).toEqual({
      ...config,
      FunctionName: { Ref: expect.stringMatching(/^RedrivingRedriveRecords[0-9A-F]{8}$/) },
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^RedrivingFailedRuns/), 'Arn'] } },
      },
    });
  });

  it('leaves what failed in a queue for 14 days', () => {
    expect(propertiesOf('AWS::SQS::Queue', 'SnapshottingFailedRuns')).toEqual({
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });
});

describe('the heartbeats', () => {
  it('are sent every five minutes, from the full hour on', () => {
    expect(propertiesOf('AWS::Scheduler::Schedule', 'HeartbeatsSchedule')).toMatchObject({
      ScheduleExpression: 'cron(0/5 * * * ? *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      State: 'ENABLED',
      Target: { RetryPolicy: { MaximumEventAgeInSeconds: 300 } },
    });
    expect(DEPLOYED_RHYTHM.everySeconds).toBe(300);
  });

  it('ring the alarm where one key is missing, and where all are', () => {
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmsheartbeatsdonotpass')).toMatchObject({
      Threshold: 32,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      Statistic: 'Maximum',
      MetricName: 'HeartbeatKeysPassed',
      Period: 300,
      DatapointsToAlarm: 2,
      EvaluationPeriods: 3,
    });
  });

  it.each([0, 129, 1.5])('cannot be sent under %s keys', (heartbeatKeys) => {
    expect(() => settingsOf('dev', { heartbeatKeys })).toThrow('heartbeatKeys');
  });
});

describe('the redriving', () => {
  it('runs every hour, and knows the bucket', () => {
    const handler = expect.stringMatching(/^RedrivingRedriveRecords[0-9A-F]{8}$/);
    expect(propertiesOf('AWS::Scheduler::Schedule', 'RedrivingSchedule')).toMatchObject({
      ScheduleExpression: `cron(${REDRIVE_SCHEDULE.minute} * * * ? *)`,
      ScheduleExpressionTimezone: 'Etc/UTC',
      State: 'ENABLED',
      Target: { Arn: { 'Fn::GetAtt': [handler, 'Arn'] } },
    });
    expect(propertiesOf('AWS::Lambda::Function', 'RedrivingRedriveRecords')).toMatchObject({
      Timeout: 900,
      Environment: {
        Variables: { FAILED_RECORDS_BUCKET: { Ref: expect.stringMatching(/^CountingFailedRecords/) } },
      },
    });
  });

  it('is told of where two runs leave batches, and where there are no runs', () => {
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmsredrivingdoesnothelp')).toMatchObject({
      Namespace: 'ChannelUsageAnalytics/channel-usage-analytics-dev',
      MetricName: METRIC.redrivesCompleted,
      Dimensions: [{ Name: 'service', Value: 'redrive-records' }],
      Statistic: 'Sum',
      Period: 3600,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      DatapointsToAlarm: 2,
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    });
  });
});

describe('the announcing', () => {
  it('runs twice an hour, within half an hour of the snapshot job, and knows the topic and the stack', () => {
    expect(propertiesOf('AWS::Scheduler::Schedule', 'AnnouncingSchedule')).toMatchObject({
      ScheduleExpression: 'cron(20,50 * * * ? *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      State: 'ENABLED',
      Target: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^AnnouncingAnnounceDays/), 'Arn'] } },
    });
    expect(propertiesOf('AWS::Lambda::Function', 'AnnouncingAnnounceDays')).toMatchObject({
      Timeout: 900,
      Environment: {
        Variables: {
          DAYS_TOPIC_ARN: { Ref: expect.stringMatching(/^AnnouncingTopic/) },
          EVENT_SOURCE: {
            'Fn::Join': [
              '',
              ['/', { Ref: 'AWS::AccountId' }, '/', { Ref: 'AWS::Region' }, '/channel-usage-analytics-dev'],
            ],
          },
        },
      },
    });
  });

  it('is told of where in two hours no run announced all, and where there are no runs', () => {
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmsdaysarenotannounced')).toMatchObject({
      MetricName: METRIC.announcingRunsCompleted,
      Dimensions: [{ Name: 'service', Value: 'announce-days' }],
      Period: 3600,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      DatapointsToAlarm: 2,
      TreatMissingData: 'breaching',
    });
  });
});

describe('raising alerts', () => {
  it('runs half an hour after every hour, with its own targets and links', () => {
    expect(propertiesOf('AWS::Scheduler::Schedule', 'AlertingSchedule')).toMatchObject({
      ScheduleExpression: `cron(${ALERT_SCHEDULE.minute} * * * ? *)`,
    });
    expect(propertiesOf('AWS::Lambda::Function', 'AlertingRaiseAlerts')).toMatchObject({
      Timeout: 300,
      Environment: {
        Variables: {
          NOTIFICATION_TARGETS: {
            'Fn::Join': [
              '',
              [
                '[{"name":"topic","kind":"topic","topicArn":"',
                { Ref: expect.stringMatching(/^NotifyingTopic/) },
                '"}]',
              ],
            ],
          },
        },
      },
    });
  });

  it('links the dashboard that is set', () => {
    const changed = synthesize({ ...settingsOf('dev'), dashboardUrl: 'https://usage.example.com/' });
    const [alerts] = resourcesOf(changed, 'AWS::Lambda::Function').filter(
      ({ name }) => name === 'AlertingRaiseAlerts',
    );
    expect(alerts?.properties).toMatchObject({
      Environment: { Variables: { DASHBOARD_URL: 'https://usage.example.com/' } },
    });
  });

  it('is told of where three runs are not through with all peers, and of peers that were not judged', () => {
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmsalertsfallbehind')).toMatchObject({
      MetricName: METRIC.alertSweepsCompleted,
      Dimensions: [{ Name: 'service', Value: 'raise-alerts' }],
      Statistic: 'Sum',
      Period: 3600,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      DatapointsToAlarm: 3,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmspeersnotjudged')).toMatchObject({
      MetricName: METRIC.peersNotJudged,
      Threshold: 0,
      TreatMissingData: 'notBreaching',
    });
  });
});

describe('auditing stored figures', () => {
  it('runs at night, and is told of with the first peer that differs', () => {
    expect(propertiesOf('AWS::Scheduler::Schedule', 'AuditingSchedule')).toMatchObject({
      ScheduleExpression: 'cron(10 2-5 * * ? *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
    });
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmsfiguresdiffer')).toMatchObject({
      MetricName: METRIC.peersDiffering,
      Dimensions: [{ Name: 'service', Value: 'audit-figures' }],
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      DatapointsToAlarm: 1,
      TreatMissingData: 'notBreaching',
    });
  });
});

describe('the reports on months', () => {
  const environmentOf = (synthesized: Template) =>
    resourcesOf(synthesized, 'AWS::Lambda::Function')
      .filter(({ name }) => name === 'ReportingSendReports')
      .map(({ properties }) => properties['Environment']);

  it('are made every hour, know the bucket, who is told, and the dashboard of the settings', () => {
    expect(propertiesOf('AWS::Scheduler::Schedule', 'ReportingSchedule')).toMatchObject({
      ScheduleExpression: 'cron(40 * * * ? *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
    });
    const told = synthesize({
      ...settingsOf('dev'),
      notifications: {
        subscribers: [],
        webhooks: [{ name: 'chat', kind: 'slack', urlParameter: '/usage/chat' }],
      },
      dashboardUrl: 'https://usage.example.com/',
    });
    expect(environmentOf(told)).toMatchObject([
      {
        Variables: {
          EXPORTS_BUCKET: { Ref: expect.stringMatching(/^ExportsBucket/) },
          DASHBOARD_URL: 'https://usage.example.com/',
          NOTIFICATION_TARGETS: {
            'Fn::Join': [
              '',
              [
                '[{"name":"topic","kind":"topic","topicArn":"',
                { Ref: expect.stringMatching(/^NotifyingTopic/) },
                '"},{"name":"chat","kind":"slack","urlParameter":"/usage/chat"}]',
              ],
            ],
          },
        },
      },
    ]);
    expect(environmentOf(template)).toMatchObject([
      { Variables: { DASHBOARD_URL: { 'Fn::Join': ['', expect.arrayContaining(['/'])] } } },
    ]);
  });

  it('are not made where the settings say so, and then nobody waits for them', () => {
    const without = synthesize({ ...settingsOf('dev'), monthlyReports: false });
    expect(environmentOf(without)).toEqual([]);
    const alarms = resourcesOf(without, 'AWS::CloudWatch::Alarm').map(({ name }) => name);
    expect(alarms.filter((name) => /reports/i.test(name))).toEqual([]);
    expect(resourcesOf(without, 'AWS::S3::Bucket').map(({ name }) => name)).toContain('ExportsBucket');
  });

  it('are missed where three runs in a row left some, failed or did not come', () => {
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmsreportsarenotmade')).toMatchObject({
      MetricName: METRIC.reportRunsCompleted,
      Dimensions: [{ Name: 'service', Value: 'send-reports' }],
      Statistic: 'Sum',
      Period: 3600,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      DatapointsToAlarm: 3,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });
});

describe('the HTTP API', () => {
  it('has the routes of the route table, each to its function, and the fallback', () => {
    const expected = Object.values(ROUTES).flatMap((route) =>
      methodsOf(route).map((method) => [routeKey({ method, path: route.path }), route.function]),
    );
    expect(routesByKey()).toEqual(Object.fromEntries([...expected, ['$default', FALLBACK_FUNCTION]]));
  });

  it('throttles, speaks payload format 2.0 and allows no other origin', () => {
    expect(propertiesOf('AWS::ApiGatewayV2::Stage', 'EndpointStage')).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
    const integrations = resourcesOf(template, 'AWS::ApiGatewayV2::Integration');
    expect(new Set(integrations.map(({ properties }) => properties['PayloadFormatVersion']))).toEqual(
      new Set(['2.0']),
    );
    expect(propertiesOf('AWS::ApiGatewayV2::Api', 'EndpointApi')).not.toHaveProperty('CorsConfiguration');
  });

  it('invokes each function by one permission, and the fallback also by that of what has no path', () => {
    const permission = z.object({
      FunctionName: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
      SourceArn: z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) }),
    });
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').map(({ properties }) => {
      const { FunctionName, SourceArn } = permission.parse(properties);
      return [FunctionName['Fn::GetAtt'][0].replace(/[0-9A-F]{8}$/, ''), SourceArn['Fn::Join'][1].at(-1)];
    });
    expect(permissions.sort()).toEqual([
      ['EndpointLookUpMessages', '/*/*/*'],
      ['EndpointManageChannels', '/*/*/*'],
      ['EndpointRecordMessages', '/*/*/*'],
      ['EndpointServeDashboard', '/*/*/*'],
      ['EndpointUsageApi', '/*/$default'],
      ['EndpointUsageApi', '/*/*/*'],
    ]);
  });
});

describe('the limits of routes', () => {
  const limited = synthesize({ ...settingsOf('dev'), ...LIMITS });
  const [stage] = resourcesOf(limited, 'AWS::ApiGatewayV2::Stage');

  it.each([
    ['POST /api/v1/peer/{peerId}/messages', 10, 20],
    ['GET /api/v1/peer/{peerId}/channel-stats', 5, 6],
    ['PUT /api/v1/peer/{peerId}/channels/{channelId}', 5, 6],
    ['GET /api/v1/peers', 5, 6],
    ['GET /api/v1/openapi.json', 3, 4],
    ['GET /', 3, 4],
  ])('are those of their kind: %s', (route, rate, burst) => {
    const settings = z.record(z.string(), z.unknown()).parse(stage?.properties['RouteSettings']);
    expect(settings[route]).toEqual({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst });
  });

  it('of what belongs to no route is that of what everybody may ask', () => {
    expect(stage?.properties['DefaultRouteSettings']).toEqual({
      ThrottlingRateLimit: 3,
      ThrottlingBurstLimit: 4,
    });
  });

  it('of one key reach the functions', () => {
    const variables = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) });
    const [first] = resourcesOf(limited, 'AWS::Lambda::Function');
    expect(variables.parse(first?.properties).Environment.Variables).toMatchObject({
      KEY_REQUESTS_PER_SECOND: '7',
      KEY_BURST: '8',
    });
  });
});

describe('the environment', () => {
  it('of every function is one that the functions accept', () => {
    const reference = z.object({ Ref: z.string() });
    const variables = z.object({
      Environment: z.object({
        Variables: z.record(z.string(), z.unknown()),
      }),
    });
    const settings = resourcesOf(withExports, 'AWS::Lambda::Function').map(({ properties }) => {
      const { Variables } = variables.parse(properties).Environment;
      return readSettings(
        Object.fromEntries(
          Object.entries(Variables).map(([name, value]) => [
            name,
            reference.safeParse(value).data?.Ref ?? `${value}`,
          ]),
        ),
      );
    });
    const messagesTableName = expect.stringMatching(/^StorageMessages/);
    const usageTableName = expect.stringMatching(/^StorageUsage/);
    const expected = {
      messagesTableName,
      usageTableName,
      messageRetentionDays: 400,
      counterRetentionDays: 460,
      heartbeats: DEPLOYED_RHYTHM,
      metricNamespace: 'ChannelUsageAnalytics/channel-usage-analytics-dev',
      keyLimit: { requestsPerSecond: 25, burst: 100 },
      corsOrigins: [],
      compressAnswers: true,
    };
    expect(settings).toEqual(FUNCTION_FOLDERS.map(() => expected));
  });
});

describe('the alarms', () => {
  const alarm = z.object({ AlarmName: z.string(), AlarmDescription: z.string() });
  const alarmsOf = (of: Template) =>
    resourcesOf(of, 'AWS::CloudWatch::Alarm').map(({ properties }) => alarm.parse(properties));
  const alarms = alarmsOf(template);

  it('watch what can go wrong', () => {
    expect(alarms.map(({ AlarmName }) => AlarmName.replace('channel-usage-analytics-dev-', ''))).toEqual([
      'counting-falls-behind',
      'heartbeats-do-not-pass',
      'records-quarantined',
      'records-given-up',
      'failure-destination-unreachable',
      'redriven-records-quarantined',
      'redriving-does-not-help',
      'record-messages-fails',
      'record-messages-is-throttled',
      'look-up-messages-fails',
      'look-up-messages-is-throttled',
      'manage-channels-fails',
      'manage-channels-is-throttled',
      'usage-api-fails',
      'usage-api-is-throttled',
      'serve-dashboard-fails',
      'serve-dashboard-is-throttled',
      'count-messages-fails',
      'count-messages-is-throttled',
      'send-heartbeats-fails',
      'send-heartbeats-is-throttled',
      'redrive-records-fails',
      'redrive-records-is-throttled',
      'take-daily-snapshot-fails',
      'take-daily-snapshot-is-throttled',
      'audit-figures-fails',
      'audit-figures-is-throttled',
      'raise-alerts-fails',
      'raise-alerts-is-throttled',
      'send-notifications-fails',
      'send-notifications-is-throttled',
      'announce-days-fails',
      'announce-days-is-throttled',
      'snapshots-are-missed',
      'snapshot-runs-failed',
      'snapshots-take-long',
      'stored-figures-contradict',
      'figures-differ',
      'days-are-not-announced',
      'alerts-fall-behind',
      'peers-not-judged',
      'send-reports-fails',
      'send-reports-is-throttled',
      'reports-are-not-made',
      'raise-alerts-gives-days-up',
      'raise-alerts-falls-behind',
      'raise-alerts-keeps-failing',
      'notifications-given-up',
      'notifications-fall-behind',
      'snapshots-fall-behind',
      'api-answers-with-errors',
    ]);
  });

  it('watch each export that there is, and none that there is not', () => {
    const names = new Set(alarms.map(({ AlarmName }) => AlarmName));
    const more = alarmsOf(withExports).filter(({ AlarmName }) => !names.has(AlarmName));
    const ofConsumer = ['gives-days-up', 'falls-behind', 'keeps-failing', 'fails', 'is-throttled'];
    expect(more.map(({ AlarmName }) => AlarmName.replace('channel-usage-analytics-dev-', '')).sort()).toEqual(
      [
        ...['export-to-s3', 'export-to-mixpanel', 'export-to-google-analytics'].flatMap((name) =>
          ofConsumer.map((what) => `${name}-${what}`),
        ),
        'export-rows-refused',
        'export-gaps',
      ].sort(),
    );
  });

  it('link sections that exist', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const linked = alarmsOf(withExports).map(
      ({ AlarmDescription }) => /docs\/operations\.md#(\S+)$/.exec(AlarmDescription)?.[1],
    );
    expect(linked.filter((anchor) => anchor === undefined || !anchors.includes(anchor))).toEqual([]);
  });

  it('look at the metrics that count-messages publishes', () => {
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmsrecordsquarantined')).toMatchObject({
      Namespace: 'ChannelUsageAnalytics/channel-usage-analytics-dev',
      MetricName: METRIC.recordsQuarantined,
      Dimensions: [{ Name: 'service', Value: 'count-messages' }],
      Statistic: 'Sum',
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
    });
  });

  it('ring when the snapshot job has not run for all lanes for three hours, also where nothing says so', () => {
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmssnapshotsaremissed')).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      Dimensions: [
        {
          Name: 'FunctionName',
          Value: { Ref: expect.stringMatching(/^SnapshottingTakeDailySnapshot[0-9A-F]{8}$/) },
        },
      ],
      Statistic: 'Sum',
      Period: 3600,
      Threshold: RUNS_AT_A_TIME,
      ComparisonOperator: 'LessThanThreshold',
      DatapointsToAlarm: 3,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });

  it('ring when runs left peers over in three hours in a row, be it of one lane', () => {
    const metric = (id: string, name: string) => ({
      Id: id,
      MetricStat: {
        Metric: {
          Namespace: 'ChannelUsageAnalytics/channel-usage-analytics-dev',
          MetricName: name,
          Dimensions: [{ Name: 'service', Value: 'take-daily-snapshot' }],
        },
        Period: 3600,
        Stat: 'Maximum',
      },
      ReturnData: false,
    });
    expect(propertiesOf('AWS::CloudWatch::Alarm', 'Alarmssnapshotsfallbehind')).toMatchObject({
      Metrics: [
        { Expression: 'leftOver + failed' },
        metric('leftOver', METRIC.peersLeftOver),
        metric('failed', METRIC.peersFailed),
      ],
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      DatapointsToAlarm: 3,
      EvaluationPeriods: 3,
    });
  });

  it.each([
    ['Alarmstakedailysnapshotfails', 'AWS/Lambda', 'Errors', 0, 14],
    ['Alarmssnapshotrunsfailed', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 0, 1],
    ['Alarmssnapshotstakelong', 'AWS/Lambda', 'Duration', 720_000, 1],
  ])('ring at the first sign: %s', (name, Namespace, MetricName, Threshold, EvaluationPeriods) => {
    expect(propertiesOf('AWS::CloudWatch::Alarm', name)).toMatchObject({
      Namespace,
      MetricName,
      Threshold,
      Period: 300,
      ComparisonOperator: 'GreaterThanThreshold',
      DatapointsToAlarm: 1,
      EvaluationPeriods,
    });
  });

  it('on an emulator are the same, but for those on expressions, and all else but for TLS and one name', () => {
    const emulated = synthesize({ ...settingsOf('dev'), emulator: true });
    const missing = Object.keys(template.Resources).filter((id) => !(id in emulated.Resources));
    expect(missing).toEqual([
      expect.stringMatching(/^ExportsBucketPolicy/),
      expect.stringMatching(/^AnnouncingTopicPolicy/),
      expect.stringMatching(/^NotifyingTopicPolicy/),
      expect.stringMatching(/^Alarmssnapshotsfallbehind/),
      expect.stringMatching(/^Alarmsapianswerswitherrors/),
    ]);
    const changed = Object.entries(emulated.Resources)
      .filter(([, { Type }]) => Type !== 'AWS::CloudWatch::Dashboard')
      .filter(([id, resource]) => !isDeepStrictEqual(resource, template.Resources[id]))
      .map(([id]) => id);
    expect(changed).toEqual([
      expect.stringMatching(/^AnnouncingAnnounceDaysRoleDefaultPolicy/),
      expect.stringMatching(/^AlertingConsumerFailuresPolicy/),
      expect.stringMatching(/^AlertingConsumerQueuePolicy/),
    ]);
  });
});

const LIMITS = {
  throttling: {
    recording: { requestsPerSecond: 10, burst: 20 },
    api: { requestsPerSecond: 5, burst: 6 },
    public: { requestsPerSecond: 3, burst: 4 },
  },
  keyLimit: { requestsPerSecond: 7, burst: 8 },
};

describe("cdk-nag's rules", () => {
  const everything = stackSettings('dev', false, {
    messageRetentionDays: 400,
    counterRetentionDays: 460,
    logRetentionDays: 30,
    ...LIMITS,
    reservedConcurrency: { 'count-messages': 5 },
    alarmSubscribers: ['operator@example.com', 'https://alarms.example.com/hook'],
    corsOrigins: ['https://dashboard.example.com'],
  });

  it.each([
    ['dev', settingsOf('dev')],
    ['prod', settingsOf('prod', { alarmsTo: 'none' })],
    ['with every setting', everything],
  ])('are kept or explained: %s', (_name, settings) => {
    const { app } = stackOf(settings);
    checkTemplates(app);
    expect(() => app.synth()).not.toThrow();
  });

  it('see what breaks them and is not explained', () => {
    const { app, stack } = stackOf(settingsOf('dev'));
    new Queue(stack, 'Queue');
    checkTemplates(app);
    expect(() => app.synth()).toThrow(/AwsSolutions-SQS4/);
  });
});

describe('the settings', () => {
  const written = {
    messageRetentionDays: 400,
    counterRetentionDays: 460,
    logRetentionDays: 30,
    ...LIMITS,
  };

  it('are filled in with what the local host has too', () => {
    expect(stackSettings('dev', false, { ...written, eventSource: { batchSize: 50 } })).toEqual({
      stage: 'dev',
      emulator: false,
      endpoint: 'http-api',
      eventSource: { ...DEFAULT_EVENT_SOURCE, batchSize: 50 },
      messageRetentionDays: 400,
      counterRetentionDays: 460,
      logRetention: 30,
      ...LIMITS,
      heartbeatKeys: 32,
      reservedConcurrency: {},
      tableNames: {},
      corsOrigins: [],
      alarmSubscribers: [],
      runbook: 'docs/operations.md',
      notifications: { subscribers: [], webhooks: [] },
      monthlyReports: true,
      exports: {},
    });
  });

  it.each(['production', ''])('refuse the unknown stage %j', (stage) => {
    expect(() => settingsOf(stage)).toThrow(
      `there is no stage ${JSON.stringify(stage)}: it is one of dev, prod`,
    );
  });

  it.each([
    ['an unknown one', { alarmMail: 'a@example.com' }, /Unrecognized key: "alarmMail"/],
    [
      'an unknown one of the event source',
      { eventSource: { batchsize: 1 } },
      /eventSource: Unrecognized key: "batchsize"/,
    ],
    ['a missing one', { throttling: undefined }, /throttling: /],
    ['a batch that Lambda refuses', { eventSource: { batchSize: 10_001 } }, /eventSource: batchSize: /],
    [
      'records that are kept longer than the stream has them',
      { eventSource: { maximumRecordAgeSeconds: 86_401 } },
      /maximumRecordAgeSeconds: /,
    ],
    ['a log that never forgets', { logRetentionDays: 9999 }, /logRetentionDays: .*forget/],
    ['a retention that CloudWatch does not know', { logRetentionDays: 8 }, /logRetentionDays: /],
    [
      'counters that go before what they count',
      { counterRetentionDays: 459 },
      /counterRetentionDays: counters must be kept for 460 days/,
    ],
    ['an unknown kind of API', { endpoint: 'websocket' }, /endpoint: /],
    ['every origin', { corsOrigins: ['*'] }, /corsOrigins: 0: must be one origin/],
    [
      'an origin with a path',
      { corsOrigins: ['https://example.com/app'] },
      /corsOrigins: 0: must be one origin/,
    ],
    [
      'reserved concurrency of an unknown function',
      { reservedConcurrency: { counter: 1 } },
      /reservedConcurrency: /,
    ],
    ['no limit of recording', { throttling: { ...LIMITS.throttling, recording: undefined } }, /recording: /],
    ['an unknown limit', { throttling: { ...LIMITS.throttling, all: LIMITS.keyLimit } }, /throttling: .*all/],
    ['a limit of nothing', { keyLimit: { requestsPerSecond: 0, burst: 1 } }, /keyLimit: requestsPerSecond: /],
    [
      'no address',
      { alarmSubscribers: ['operator'] },
      /alarmSubscribers: must be a list of e-mail addresses/,
    ],
    ['an address without TLS', { alarmSubscribers: ['http://example.com/'] }, /alarmSubscribers: must be /],
    ['a list of nobody', { alarmSubscribers: [] }, /alarmSubscribers: must be .*or 'none'/],
  ])('refuse %s', (_what, change, problem) => {
    expect(() => stackSettings('dev', false, { ...written, ...change })).toThrow(problem);
  });

  it('have to say in prod who is told of alarms, or that nobody is', () => {
    expect(() => stackSettings('prod', false, written)).toThrow(
      /^the settings of the stage prod are wrong: alarmSubscribers: nobody would hear of an alarm/,
    );
    expect(() => settingsOf('prod')).toThrow('or with --alarms-to');
    expect(stackSettings('prod', false, { ...written, alarmSubscribers: 'none' }).alarmSubscribers).toEqual(
      [],
    );
  });

  it('take who is told of alarms from whoever deploys, too', () => {
    const alarmsTo = 'operator@example.com, https://alarms.example.com/hook';
    expect(settingsOf('prod', { alarmsTo }).alarmSubscribers).toEqual(alarmsTo.split(', '));
    expect(settingsOf('prod', { alarmsTo: 'none' }).alarmSubscribers).toEqual([]);
    expect(() => settingsOf('prod', { alarmsTo: '' })).toThrow(/alarmSubscribers: must be /);
  });

  it('subscribe the named addresses to the alarms, and the stack says who they are', () => {
    const alarmsTo = 'operator@example.com,https://alarms.example.com/hook';
    const told = synthesize(settingsOf('prod', { alarmsTo }));
    const subscriptions = resourcesOf(told, 'AWS::SNS::Subscription')
      .map(({ properties }) => [properties['Protocol'], properties['Endpoint']])
      .filter(([protocol]) => protocol !== 'sqs');
    expect(subscriptions).toEqual([
      ['email', 'operator@example.com'],
      ['https', 'https://alarms.example.com/hook'],
    ]);
    expect(told.Outputs['AlarmSubscribers']?.Value).toBe(
      'operator@example.com, https://alarms.example.com/hook',
    );
    expect(template.Outputs['AlarmSubscribers']?.Value).toBe('none');
  });

  it('let the pages of the named origins call the API, and reserve concurrency', () => {
    const changed = synthesize({
      ...settingsOf('dev'),
      corsOrigins: ['https://dashboard.example.com'],
      reservedConcurrency: { 'usage-api': 5 },
    });
    const [api] = resourcesOf(changed, 'AWS::ApiGatewayV2::Api');
    expect(api?.properties['CorsConfiguration']).toEqual({
      AllowOrigins: ['https://dashboard.example.com'],
      AllowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
      AllowHeaders: ['authorization', 'content-encoding', 'content-type', 'if-none-match'],
      ExposeHeaders: ['etag', 'retry-after', 'x-request-id'],
      MaxAge: 3600,
    });
    const reserved = resourcesOf(changed, 'AWS::Lambda::Function').map(({ name, properties }) => [
      name,
      properties['ReservedConcurrentExecutions'],
    ]);
    expect(Object.fromEntries(reserved)).toEqual({
      CountingCountMessages: undefined,
      EndpointRecordMessages: undefined,
      EndpointUsageApi: 5,
      EndpointLookUpMessages: undefined,
      EndpointManageChannels: undefined,
      EndpointServeDashboard: undefined,
      AlertingRaiseAlerts: undefined,
      AuditingAuditFigures: undefined,
      RedrivingRedriveRecords: undefined,
      ReportingSendReports: undefined,
      SnapshottingTakeDailySnapshot: undefined,
    });
  });
});

/** The template with some properties of one resource changed, or taken out where they are undefined. */
function withProperties(name: string, properties: Record<string, unknown>): Template {
  const changed = structuredClone(template);
  const found = Object.entries(changed.Resources).filter(([id]) => id.replace(/[0-9A-F]{8}$/, '') === name);
  expect(found).toHaveLength(1);
  for (const [, resource] of found) {
    resource.Properties = Object.fromEntries(
      Object.entries({ ...resource.Properties, ...properties }).filter(([, value]) => value !== undefined),
    );
  }
  return changed;
}

/** The template with one statement alone in a policy; on the usage table, unless it says otherwise. */
function withStatement(policy: string, statement: object): Template {
  return withProperties(policy, {
    PolicyDocument: { Statement: [{ Effect: 'Allow', Resource: table('Usage'), ...statement }] },
  });
}

function like(...patterns: string[]) {
  return condition('StringLike', ...patterns);
}

function equals(partition: string) {
  return condition('StringEquals', partition);
}

function condition(operator: string, ...patterns: string[]) {
  return { [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': patterns } };
}

/** What the usage table is called in the permissions of a role, in the partitions of a condition. */
function usageWhere(partitions: object): string {
  return `StorageUsage.Arn where ${JSON.stringify(partitions)}`;
}

function propertiesOf(type: string, name: string): Record<string, unknown> | undefined {
  return resourcesOf(template, type).find((resource) => resource.name === name)?.properties;
}

function table(name: 'Messages' | 'Usage') {
  const [found] = resourcesOf(template, 'AWS::DynamoDB::Table').filter(
    (made) => made.name === `Storage${name}`,
  );
  return { 'Fn::GetAtt': [found?.id, 'Arn'] };
}

function tableProperties(definition: TableDefinition) {
  const { partitionKey, sortKey, timeToLive, stream, keysOnlyIndexes } = definition;
  const attributes = [
    partitionKey,
    sortKey,
    ...keysOnlyIndexes.flatMap((index) => [index.partitionKey, index.sortKey]),
  ];
  return {
    KeySchema: keySchema(partitionKey, sortKey),
    AttributeDefinitions: [...new Set(attributes)].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    ...(timeToLive !== undefined && {
      TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
    }),
    ...(stream !== undefined && { StreamSpecification: { StreamViewType: stream } }),
    ...(keysOnlyIndexes.length > 0 && {
      GlobalSecondaryIndexes: keysOnlyIndexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    }),
    BillingMode: 'PAY_PER_REQUEST',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: { SSEEnabled: false },
    DeletionProtectionEnabled: false,
  };
}

function keySchema(partitionKey: string, sortKey: string) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ];
}

/** The folder of the function that answers each route. */
function routesByKey(): Record<string, string | undefined> {
  const route = z.object({
    RouteKey: z.string(),
    Target: z.object({
      'Fn::Join': z.tuple([
        z.literal(''),
        z.tuple([z.literal('integrations/'), z.object({ Ref: z.string() })]),
      ]),
    }),
  });
  const integration = z.object({
    IntegrationUri: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
  });
  const folders: Record<string, string> = {
    EndpointRecordMessages: 'record-messages',
    EndpointUsageApi: 'usage-api',
    EndpointLookUpMessages: 'look-up-messages',
    EndpointManageChannels: 'manage-channels',
    EndpointServeDashboard: 'serve-dashboard',
  };
  return Object.fromEntries(
    resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ properties }) => {
      const { RouteKey, Target } = route.parse(properties);
      const [, { Ref }] = Target['Fn::Join'][1];
      const { IntegrationUri } = integration.parse(template.Resources[Ref]?.Properties);
      const [functionId] = IntegrationUri['Fn::GetAtt'];
      return [RouteKey, folders[functionId.replace(/[0-9A-F]{8}$/, '')]];
    }),
  );
}
