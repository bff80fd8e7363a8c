import * as z from 'zod';
import { API_KEYS_PARTITION } from '../../functions/shared/store/items/api-key.ts';
import { HASH_SECRET_PARTITION } from '../../functions/shared/store/items/hash-secret.ts';
import { FUNCTION_FOLDERS, type FunctionFolder } from '../../infra/bundling.ts';

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  DependsOn: z.array(z.string()).optional(),
});

const templateSchema = z.object({
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })).default({}),
});

/** A CloudFormation template, as far as the rules look at it. */
export type Template = z.output<typeof templateSchema>;

/** Reads a template as CDK makes it. */
export function parseTemplate(template: unknown): Template {
  return templateSchema.parse(template);
}

/** A rule about templates: it says in a sentence each what breaks it, and nothing where all is well. */
export type TemplateRule = (template: Template) => string[];

const functionProperties = z.object({
  Runtime: z.literal('nodejs24.x'),
  Architectures: z.tuple([z.literal('arm64')]),
  MemorySize: z.int(),
  Timeout: z.int(),
  LoggingConfig: z.object({ LogGroup: z.object({ Ref: z.string() }) }),
});

/** Every function runs on Node.js 24 and arm64, within limits that someone chose, and its log forgets. */
export const functionsKeepTheHouseDefaults: TemplateRule = (template) => {
  const retention = z.object({ RetentionInDays: z.int() });
  const forgetful = resourcesOf(template, 'AWS::Logs::LogGroup')
    .filter(({ properties }) => retention.safeParse(properties).success)
    .map(({ id }) => id);
  return resourcesOf(template, 'AWS::Lambda::Function').flatMap(({ id, properties }) => {
    const parsed = functionProperties.safeParse(properties);
    if (!parsed.success) return problems(id, parsed.error);
    return forgetful.includes(parsed.data.LoggingConfig.LogGroup.Ref)
      ? []
      : [`${id}: its log group has no retention`];
  });
};

const mappingProperties = z.object({
  StartingPosition: z.literal('TRIM_HORIZON'),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })).min(1) }),
  BisectBatchOnFunctionError: z.literal(true),
  FunctionResponseTypes: z.tuple([z.literal('ReportBatchItemFailures')]),
  // Their age ends the retries, before the stream forgets the records.
  MaximumRetryAttempts: z.literal(-1),
  MaximumRecordAgeInSeconds: z.int().min(3_600).max(43_200),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.unknown() }) }),
});

/** No stream consumer misses records, retries them without end, or gives them up without keeping them. */
export const streamConsumersLoseNothing: TemplateRule = (template) =>
  resourcesOf(template, 'AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => consumedQueue(template, properties) === undefined)
    .flatMap(({ id, properties }) => {
      const parsed = mappingProperties.safeParse(properties);
      return parsed.success ? [] : problems(id, parsed.error);
    });

const queueMappingProperties = z.object({
  FunctionName: z.object({ Ref: z.string() }),
  FunctionResponseTypes: z.tuple([z.literal('ReportBatchItemFailures')]),
  ScalingConfig: z.object({ MaximumConcurrency: z.int().min(2) }),
});

const consumedQueueProperties = z.object({
  VisibilityTimeout: z.int(),
  MessageRetentionPeriod: z.literal(1_209_600, 'must be 14 days'),
  RedrivePolicy: z.object({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.int().min(5) }),
});

/** No queue consumer repeats whole batches, gets a message twice at a time, or loses one that keeps failing. */
export const queueConsumersLoseNothing: TemplateRule = (template) =>
  resourcesOf(template, 'AWS::Lambda::EventSourceMapping').flatMap(({ id, properties }) => {
    const queue = consumedQueue(template, properties);
    if (queue === undefined) return [];
    const mapping = queueMappingProperties.safeParse(properties);
    if (!mapping.success) return problems(id, mapping.error);
    const consumed = consumedQueueProperties.safeParse(queue.properties);
    if (!consumed.success) return problems(queue.id, consumed.error);
    const { Timeout: timeLimit } = z
      .object({ Timeout: z.int() })
      .parse(template.Resources[mapping.data.FunctionName.Ref]?.Properties);
    return consumed.data.VisibilityTimeout >= 6 * timeLimit
      ? []
      : [`${queue.id}: shows a message again before six time limits of its consumer`];
  });

const queueSubscription = z.object({
  RawMessageDelivery: z.literal(true),
  RedrivePolicy: z.object({ deadLetterTargetArn: z.unknown() }),
});

/** A queue gets what is published as it was published, and what it cannot take is kept. */
export const subscribedQueuesLoseNothing: TemplateRule = (template) =>
  resourcesOf(template, 'AWS::SNS::Subscription')
    .filter(({ properties }) => properties['Protocol'] === 'sqs')
    .flatMap(({ id, properties }) => {
      const parsed = queueSubscription.safeParse(properties);
      return parsed.success ? [] : problems(id, parsed.error);
    });

/** The queue that a mapping feeds to its function; nothing where it is something else. */
function consumedQueue(template: Template, mapping: Record<string, unknown>) {
  const source = attribute.safeParse(mapping['EventSourceArn']).data?.['Fn::GetAtt'][0];
  return resourcesOf(template, 'AWS::SQS::Queue').find(({ id }) => id === source);
}

const publicAccess = z.object({
  PublicAccessBlockConfiguration: z.object({
    BlockPublicAcls: z.literal(true),
    BlockPublicPolicy: z.literal(true),
    IgnorePublicAcls: z.literal(true),
    RestrictPublicBuckets: z.literal(true),
  }),
});

const refusesPlainHttp = z.object({
  Effect: z.literal('Deny'),
  Action: z.tuple([z.literal('s3:*')]),
  Condition: z.object({ Bool: z.object({ 'aws:SecureTransport': z.literal('false') }) }),
});

/** No bucket is public, and every bucket is reached by TLS alone. */
export const bucketsArePrivate: TemplateRule = (template) => {
  const guarded = resourcesOf(template, 'AWS::S3::BucketPolicy')
    .filter(({ properties }) =>
      policyDocument
        .parse(properties['PolicyDocument'])
        .Statement.some((statement) => refusesPlainHttp.safeParse(statement).success),
    )
    .map(({ properties }) => z.object({ Ref: z.string() }).parse(properties['Bucket']).Ref);
  return resourcesOf(template, 'AWS::S3::Bucket').flatMap(({ id, properties }) => {
    const parsed = publicAccess.safeParse(properties);
    return [
      ...(parsed.success ? [] : problems(id, parsed.error)),
      ...(guarded.includes(id) ? [] : [`${id}: its policy does not refuse plain HTTP`]),
    ];
  });
};

const oneOrMore = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([schema.transform((one) => [one]), z.array(schema)]);

const policyDocument = z.object({
  Statement: z.array(
    z.looseObject({
      Effect: z.enum(['Allow', 'Deny']),
      Action: oneOrMore(z.string()),
      Resource: oneOrMore(z.unknown()).optional(),
    }),
  ),
});

const WILDCARD = /[*?]/;

/**
 * The wildcards that a policy cannot do without, by resource.
 *
 * Lambda chooses the names of the objects that it puts into a failure destination; it begins them so.
 */
const NEEDED_WILDCARDS = [
  /^CountingFailedRecords\.Arn\/aws\/lambda\/\*$/,
  // Each report, and each exported day of a peer, is an object of its own.
  /^ExportsBucket\.Arn\/(reports\/|day=)\*$/,
];

/**
 * The policy of AWS by which API Gateway, and nobody else, writes the logs of all REST APIs. AWS refuses a role with
 * less.
 */
const writesLogsOfRestApis = z.object({
  AssumeRolePolicyDocument: z.object({
    Statement: z.tuple([
      z.object({ Principal: z.strictObject({ Service: z.literal('apigateway.amazonaws.com') }) }),
    ]),
  }),
  ManagedPolicyArns: z.tuple([
    z.object({
      'Fn::Join': z.tuple([
        z.literal(''),
        z.tuple([
          z.literal('arn:'),
          z.unknown(),
          z.literal(':iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'),
        ]),
      ]),
    }),
  ]),
  Policies: z.undefined().optional(),
});

/** Every policy names each action and each resource that it allows, and no role has others beside. */
export const policiesNameWhatTheyAllow: TemplateRule = (template) => [
  ...allowances(template).flatMap(({ id, actions, resources }) => [
    ...actions
      .filter((action) => WILDCARD.test(action))
      .map((action) => `${id}: allows the action ${action}`),
    ...resources
      .filter((name) => WILDCARD.test(name) && !NEEDED_WILDCARDS.some((needed) => needed.test(name)))
      .map((name) => `${id}: allows ${actions.join(', ')} on the resource ${name}`),
  ]),
  ...resourcesOf(template, 'AWS::IAM::Role').flatMap(({ id, properties }) =>
    ['ManagedPolicyArns', 'Policies']
      .filter((name) => name in properties && !writesLogsOfRestApis.safeParse(properties).success)
      .map((name) => `${id}: has ${name}, which are not looked at here`),
  ),
];

/**
 * The actions for which DynamoDB always tells IAM the partitions that they reach. A scan tells none, and every
 * condition on all of no partitions holds.
 */
const ACTIONS_ON_PARTITIONS = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:ConditionCheckItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLUpdate',
];

const leadingKeys = z
  .strictObject({
    'dynamodb:LeadingKeys': z.array(z.string().regex(/^[A-Z]/, 'must name partitions')).min(1),
  })
  .transform((keys) => keys['dynamodb:LeadingKeys']);
const partitionCondition = z
  .union([
    z.strictObject({ 'ForAllValues:StringEquals': leadingKeys }),
    z.strictObject({ 'ForAllValues:StringLike': leadingKeys }),
  ])
  .transform((condition) => Object.values(condition).flat());

/** What is allowed on the usage table and its indexes, with the patterns of the partitions; none where that is open. */
function usageTableAllowances(template: Template) {
  return allowances(template)
    .filter(({ resources }) => resources.some((name) => /^StorageUsage\.Arn(\/|$)/.test(name)))
    .map((allowance) => {
      const parsed = partitionCondition.safeParse(allowance.condition);
      return { ...allowance, partitions: parsed.success ? parsed.data : [] };
    });
}

/** Whatever reaches the usage table says which partitions of it, and always names some. */
export const usageTableIsReachedByPartition: TemplateRule = (template) =>
  usageTableAllowances(template).flatMap(({ id, actions, partitions }) => [
    ...(partitions.length > 0
      ? []
      : [`${id}: allows ${actions.join(', ')} in whichever partition of the usage table`]),
    ...actions
      .filter((action) => !ACTIONS_ON_PARTITIONS.includes(action))
      .map((action) => `${id}: allows ${action} on the usage table, which cannot be held to partitions`),
  ]);

/** API keys are made by tools: no function may write one, and none may list them. */
export const apiKeysAreOnlyRead: TemplateRule = (template) =>
  usageTableAllowances(template)
    .filter(({ partitions }) => reaches(partitions, API_KEYS_PARTITION))
    .flatMap(({ id, actions }) =>
      actions
        .filter((action) => action !== 'dynamodb:GetItem')
        .map((action) => `${id}: allows ${action} of API keys`),
    );

/** The function that looks messages up has no other way to find their evidence, and does nothing else. */
const READS_HASH_SECRET = 'EndpointLookUpMessagesRole';

/** Who answers requests cannot read the secret behind the fingerprints, but for the function that looks messages up. */
export const hashSecretIsOutOfReachOfTheApi: TemplateRule = (template) => {
  const invoked = resourcesOf(template, 'AWS::Lambda::Permission')
    .filter(({ properties }) => properties['Principal'] === 'apigateway.amazonaws.com')
    .map(({ properties }) => z.object({ FunctionName: arn }).parse(properties).FunctionName['Fn::GetAtt'][0]);
  const roles = resourcesOf(template, 'AWS::Lambda::Function')
    .filter(({ id }) => invoked.includes(id))
    .map(({ properties }) => withoutHash(z.object({ Role: arn }).parse(properties).Role['Fn::GetAtt'][0]))
    .filter((role) => role !== READS_HASH_SECRET);
  return usageTableAllowances(template)
    .filter((allowance) => allowance.roles.some((role) => roles.includes(role)))
    .filter(({ partitions }) => reaches(partitions, HASH_SECRET_PARTITION))
    .map(({ id, actions }) => `${id}: allows ${actions.join(', ')} of the hash secret`);
};

/** Whether one of some patterns matches a partition; an open condition reaches all of them. */
function reaches(partitions: readonly string[], partition: string): boolean {
  return (
    partitions.length === 0 ||
    partitions.some((pattern) =>
      pattern.endsWith('*') ? partition.startsWith(pattern.slice(0, -1)) : partition === pattern,
    )
  );
}

/** Every log forgets. */
export const logsForget: TemplateRule = (template) => {
  const retention = z.object({ RetentionInDays: z.int() });
  return resourcesOf(template, 'AWS::Logs::LogGroup').flatMap(({ id, properties }) =>
    retention.safeParse(properties).success ? [] : [`${id}: has no retention`],
  );
};

const reference = z.object({ Ref: z.string() });

const alarmProperties = z.intersection(
  z.object({
    AlarmDescription: z
      .string()
      .regex(/^[A-Z].+\. What to do: \S+#[a-z0-9-]+$/, 'must say what to do, and where that is read'),
    AlarmActions: z.array(z.unknown()).min(1),
    OKActions: z.array(z.unknown()).min(1),
  }),
  z.discriminatedUnion('ComparisonOperator', [
    z.object({
      ComparisonOperator: z.literal('GreaterThanThreshold'),
      TreatMissingData: z.literal('notBreaching'),
    }),
    z.object({
      ComparisonOperator: z.literal('LessThanThreshold'),
      TreatMissingData: z.literal('breaching'),
    }),
  ]),
);

/**
 * Every alarm reaches somebody, says what to do, and is silent where nothing happens, unless that is what it
 * looks for.
 */
export const alarmsAreOfUse: TemplateRule = (template) =>
  resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap(({ id, properties }) => {
    const parsed = alarmProperties.safeParse(properties);
    return parsed.success ? [] : problems(id, parsed.error);
  });

/** Somebody is told of every alarm, or the template says in so many words that nobody is. */
export const alarmsReachSomebody: TemplateRule = (template) => {
  const subscribed = resourcesOf(template, 'AWS::SNS::Subscription')
    // Those of people.
    .filter(({ properties }) => properties['Protocol'] !== 'sqs')
    .map(({ properties }) => z.object({ TopicArn: reference }).parse(properties).TopicArn.Ref);
  if (template.Outputs['AlarmSubscribers']?.Value === 'none' && subscribed.length === 0) return [];
  const actions = z.object({ AlarmActions: z.array(reference) });
  return resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap(({ id, properties }) =>
    actions.parse(properties).AlarmActions.some(({ Ref }) => subscribed.includes(Ref))
      ? []
      : [`${id}: nobody is told of it, and the output AlarmSubscribers does not say 'none'`],
  );
};

const routeLimit = z.object({ ThrottlingRateLimit: z.int().min(1), ThrottlingBurstLimit: z.int().min(1) });
const stageLimits = z.object({
  DefaultRouteSettings: routeLimit,
  RouteSettings: z.record(z.string(), routeLimit),
});

/** Every route has a limit of its own, which API Gateway gets once the route is there. */
export const routesHaveLimits: TemplateRule = (template) =>
  resourcesOf(template, 'AWS::ApiGatewayV2::Stage').flatMap(({ id, properties, dependsOn }) => {
    const parsed = stageLimits.safeParse(properties);
    if (!parsed.success) return problems(id, parsed.error);
    return resourcesOf(template, 'AWS::ApiGatewayV2::Route').flatMap((route) => {
      const { RouteKey: key } = z.object({ RouteKey: z.string() }).parse(route.properties);
      return [
        ...(key === '$default' || key in parsed.data.RouteSettings ? [] : [`${id}: no limit of ${key}`]),
        ...(dependsOn.includes(route.id) ? [] : [`${id}: may be made before ${key}`]),
      ];
    });
  });

const methodLimit = z.object({
  HttpMethod: z.string(),
  ResourcePath: z.string(),
  ThrottlingRateLimit: z.int().min(1),
  ThrottlingBurstLimit: z.int().min(1),
});
const restStage = z.object({ MethodSettings: z.array(methodLimit) });
const restMethod = z.object({ HttpMethod: z.string(), ResourceId: z.unknown() });

/** Every method of a REST API has a limit of its own, and whatever is none of them has that of the stage. */
export const methodsHaveLimits: TemplateRule = (template) => {
  const paths = restPaths(template);
  return resourcesOf(template, 'AWS::ApiGateway::Stage').flatMap(({ id, properties }) => {
    const parsed = restStage.safeParse(properties);
    if (!parsed.success) return problems(id, parsed.error);
    const limited = parsed.data.MethodSettings.map(
      ({ HttpMethod, ResourcePath }) =>
        `${HttpMethod} ${ResourcePath.replaceAll('~1', '/').replace('//', '/')}`,
    );
    const methods = resourcesOf(template, 'AWS::ApiGateway::Method').flatMap((method) => {
      const { HttpMethod, ResourceId } = restMethod.parse(method.properties);
      return HttpMethod === 'ANY' ? [] : [`${HttpMethod} ${paths.get(JSON.stringify(ResourceId))}`];
    });
    return [...methods, '* /*']
      .filter((key) => !limited.includes(key))
      .map((key) => `${id}: no limit of ${key}`);
  });
};

/** Whatever is asked of a REST API reaches a function: what it answers itself has another shape. */
export const everyPathReachesAFunction: TemplateRule = (template) => {
  const methods = resourcesOf(template, 'AWS::ApiGateway::Method').map(({ properties }) =>
    restMethod.parse(properties),
  );
  const caught = methods
    .filter(({ HttpMethod }) => HttpMethod === 'ANY')
    .map(({ ResourceId }) => JSON.stringify(ResourceId));
  const paths = restPaths(template);
  return [
    ...[...paths]
      .filter(([id]) => !caught.includes(id))
      .map(([, path]) => `${path}: has no method for all others`),
    ...(paths.size === 0 || [...paths.values()].includes('/{proxy+}')
      ? []
      : ['there is nothing for other paths']),
  ];
};

const restResource = z.object({ ParentId: z.unknown(), PathPart: z.string() });

/** The paths of a REST API's resources, by what a template calls them. */
export function restPaths(template: Template): Map<string, string> {
  const paths = new Map(
    resourcesOf(template, 'AWS::ApiGateway::RestApi').map(({ id }) => [
      JSON.stringify({ 'Fn::GetAtt': [id, 'RootResourceId'] }),
      '/',
    ]),
  );
  // A parent comes before what is below it.
  for (const { id, properties } of resourcesOf(template, 'AWS::ApiGateway::Resource')) {
    const { ParentId, PathPart } = restResource.parse(properties);
    const parent = paths.get(JSON.stringify(ParentId)) ?? '';
    paths.set(JSON.stringify({ Ref: id }), `${parent === '/' ? '' : parent}/${PathPart}`);
  }
  return paths;
}

/** What is paid by use, or costs cents a month. A type that is not listed may cost something while nobody uses it. */
const PAID_BY_USE = [
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::Table',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
];

/** Nothing is paid for while it is not used. */
export const nothingCostsAtRest: TemplateRule = (template) => [
  ...Object.entries(template.Resources)
    .filter(([, { Type }]) => !PAID_BY_USE.includes(Type))
    .map(([id, { Type }]) => `${id}: ${Type} may cost something at rest`),
  ...resourcesOf(template, 'AWS::DynamoDB::Table')
    .filter(({ properties }) => properties['BillingMode'] !== 'PAY_PER_REQUEST')
    .map(({ id }) => `${id}: has provisioned capacity`),
  ...resourcesOf(template, 'AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => 'ProvisionedPollerConfig' in properties)
    .map(({ id }) => `${id}: has provisioned pollers`),
];

const environment = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).default({ Variables: {} }),
});
const SECRET_NAME = /SECRET|PASSWORD|PASSPHRASE|CREDENTIAL|TOKEN|_KEY$/;
const SECRET_VALUE = /\{\{resolve:|cua_|AKIA|-----BEGIN/;

/** No function has a secret in its environment, where everyone who may look at functions reads it. */
export const environmentsHoldNoSecret: TemplateRule = (template) =>
  resourcesOf(template, 'AWS::Lambda::Function').flatMap(({ id, properties }) =>
    Object.entries(environment.parse(properties).Environment.Variables)
      .filter(([name, value]) => SECRET_NAME.test(name) || SECRET_VALUE.test(JSON.stringify(value)))
      .map(([name]) => `${id}: has a secret in ${name}`),
  );

const arn = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });
const deadLetters = z.object({ DeadLetterConfig: z.object({ Arn: z.unknown() }) });
const invokeConfig = z.object({
  FunctionName: reference,
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.unknown() }) }),
});

/** Whatever is invoked without anybody waiting for the answer leaves what failed somewhere. */
export const asynchronousPathsLoseNothing: TemplateRule = (template) => {
  const kept = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').flatMap(({ properties }) => {
    const parsed = invokeConfig.safeParse(properties);
    return parsed.success ? [parsed.data.FunctionName.Ref] : [];
  });
  const permission = z.object({ FunctionName: z.union([arn, reference]), Principal: z.string() });
  return [
    ...resourcesOf(template, 'AWS::Lambda::Permission').flatMap(({ id, properties }) => {
      const { FunctionName: name, Principal } = permission.parse(properties);
      const called = 'Ref' in name ? name.Ref : name['Fn::GetAtt'][0];
      const isWaitedFor = Principal === 'apigateway.amazonaws.com';
      return isWaitedFor || kept.includes(called)
        ? []
        : [`${id}: ${Principal} invokes a function without a failure destination`];
    }),
    ...resourcesOf(template, 'AWS::Scheduler::Schedule').flatMap(({ id, properties }) =>
      scheduleProblems(properties['Target'], kept).map((problem) => `${id}: ${problem}`),
    ),
  ];
};

const invokedFunction = z.object({ Arn: arn });

function scheduleProblems(target: unknown, kept: readonly string[]): string[] {
  const invoked = invokedFunction.safeParse(target).data?.Arn['Fn::GetAtt'][0];
  return [
    ...(deadLetters.safeParse(target).success ? [] : ['has no queue for what could not be delivered']),
    ...(invoked !== undefined && kept.includes(invoked)
      ? []
      : ['invokes a function without a failure destination']),
  ];
}

const queueProperties = z.object({ SqsManagedSseEnabled: z.literal(true), MessageRetentionPeriod: z.int() });

const refusesPlainHttpTo = (id: string) =>
  z.object({
    Effect: z.literal('Deny'),
    Action: z.tuple([z.literal('sqs:*')]),
    Resource: z.tuple([z.object({ 'Fn::GetAtt': z.tuple([z.literal(id), z.literal('Arn')]) })]),
    Condition: z.object({ Bool: z.object({ 'aws:SecureTransport': z.literal('false') }) }),
  });

/** Every queue is encrypted, is reached by TLS alone, and says how long it keeps messages. */
export const queuesArePrivate: TemplateRule = (template) => {
  const statements = resourcesOf(template, 'AWS::SQS::QueuePolicy').flatMap(
    ({ properties }) => policyDocument.parse(properties['PolicyDocument']).Statement,
  );
  return resourcesOf(template, 'AWS::SQS::Queue').flatMap(({ id, properties }) => {
    const parsed = queueProperties.safeParse(properties);
    const refusal = refusesPlainHttpTo(id);
    return [
      ...(parsed.success ? [] : problems(id, parsed.error)),
      ...(statements.some((statement) => refusal.safeParse(statement).success)
        ? []
        : [`${id}: its policy does not refuse plain HTTP`]),
    ];
  });
};

/** All rules, which every template of this service keeps. */
export const TEMPLATE_RULES: Record<string, TemplateRule> = {
  'functions keep the house defaults': functionsKeepTheHouseDefaults,
  'stream consumers lose nothing': streamConsumersLoseNothing,
  'queue consumers lose nothing': queueConsumersLoseNothing,
  'subscribed queues lose nothing': subscribedQueuesLoseNothing,
  'buckets are private': bucketsArePrivate,
  'queues are private': queuesArePrivate,
  'policies name what they allow': policiesNameWhatTheyAllow,
  'the usage table is reached by partition': usageTableIsReachedByPartition,
  'API keys are only read': apiKeysAreOnlyRead,
  'the hash secret is out of reach of the API': hashSecretIsOutOfReachOfTheApi,
  'logs forget': logsForget,
  'alarms are of use': alarmsAreOfUse,
  'alarms reach somebody': alarmsReachSomebody,
  'routes have limits': routesHaveLimits,
  'methods have limits': methodsHaveLimits,
  'every path reaches a function': everyPathReachesAFunction,
  'nothing costs at rest': nothingCostsAtRest,
  'environments hold no secret': environmentsHoldNoSecret,
  'asynchronous paths lose nothing': asynchronousPathsLoseNothing,
};

/** What the role of a name may do, by resource; a condition is part of the resource's name. */
export function permissionsOf(template: Template, role: string): Record<string, string[]> {
  const permissions: Record<string, string[]> = {};
  for (const { roles, actions, resources, condition } of allowances(template)) {
    if (!roles.includes(role)) continue;
    for (const name of resources) {
      const place = condition === undefined ? name : `${name} where ${JSON.stringify(condition)}`;
      permissions[place] = [...(permissions[place] ?? []), ...actions].sort();
    }
  }
  return permissions;
}

/** The resources of a type, with their names as in the code: without the hash that CDK puts behind them. */
export function resourcesOf(template: Template, type: string) {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties, DeletionPolicy, DependsOn }]) => ({
      id,
      dependsOn: DependsOn ?? [],
      name: withoutHash(id),
      properties: Properties,
      deletionPolicy: DeletionPolicy,
    }));
}

/** The folder of a function, of which its logical id is made. */
export function folderOf(logicalId: string): FunctionFolder {
  const folder = FUNCTION_FOLDERS.find((name) => {
    const words = name.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
    return logicalId.includes(words.join(''));
  });
  if (folder === undefined) throw new Error(`${logicalId} is of no folder`);
  return folder;
}

const POLICY_TYPES = [
  'AWS::IAM::Policy',
  'AWS::IAM::ManagedPolicy',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
];

/** What policies allow, statement by statement; those of buckets too. */
function allowances(template: Template) {
  const roleReferences = z.array(z.object({ Ref: z.string() })).default([]);
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
    if (!POLICY_TYPES.includes(Type)) return [];
    const roles = roleReferences.parse(Properties['Roles']).map(({ Ref }) => withoutHash(Ref));
    return policyDocument
      .parse(Properties['PolicyDocument'])
      .Statement.filter(({ Effect }) => Effect === 'Allow')
      .map(({ Action, Resource, Condition }) => ({
        id,
        roles,
        actions: Action,
        resources: (Resource ?? ['*']).map(nameOf),
        condition: Condition,
      }));
  });
}

const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

/** A resource of a policy in short: `StorageUsage.Arn` for that attribute of that resource. */
function nameOf(reference: unknown): string {
  if (typeof reference === 'string') return reference;
  const attributeOf = attribute.safeParse(reference);
  if (attributeOf.success) {
    const [id, name] = attributeOf.data['Fn::GetAtt'];
    return `${withoutHash(id)}.${name}`;
  }
  const joined = join.safeParse(reference);
  if (joined.success) return joined.data['Fn::Join'][1].map(nameOf).join(joined.data['Fn::Join'][0]);
  return JSON.stringify(reference);
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}

function problems(id: string, error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => `${id}: ${path.join('.')}: ${message}`);
}
