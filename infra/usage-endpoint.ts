import { Duration, Size } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnRoute,
  CfnStage,
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  PayloadFormatVersion,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  FALLBACK_FUNCTION,
  type HttpFunction,
  type Method,
  methodsOf,
  ROUTES,
  type Route,
  routeKey,
} from '../functions/shared/http/routes.ts';
import { API_KEYS_PARTITION } from '../functions/shared/store/items/api-key.ts';
import { PEER_PARTITIONS_PREFIX } from '../functions/shared/store/items/keys.ts';
import { DIRECTORY_PARTITIONS_PREFIX } from '../functions/shared/store/items/peer-directory-entry.ts';
import { addDashboard, addPublishedDocuments } from './built-files.ts';
import { explain } from './explained-exceptions.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyIn, onlyWhereBegins } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

/** What the functions and the API are made with. */
interface EndpointProps {
  storage: UsageStorage;
  settings: StackSettings;
}

/**
 * The HTTP API and the functions behind it. Browsers of other origins get no leave to call it, unless the
 * settings name them.
 */
export class UsageEndpoint extends Construct {
  readonly functions: Readonly<Record<HttpFunction, UsageFunction>>;
  readonly api: HttpApi;
  /** The address of the API, without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    this.functions = {
      'record-messages': recordMessages(this, props),
      'manage-channels': manageChannels(this, props),
      'usage-api': usageApi(this, props),
      'serve-dashboard': serveDashboard(this, props),
    };
    this.api = httpApi(this, this.functions, props.settings);
    addStage(this, this.api, props.settings);
    this.url = this.api.apiEndpoint;
  }
}

/** What all functions behind the API have in common. */
const BEHIND_API = {
  memory: Size.mebibytes(512),
  waitedForBy: 'API Gateway waits for the answer of the function.',
};

function recordMessages(scope: Construct, props: EndpointProps): UsageFunction {
  const { messages, usage } = props.storage;
  const handler = new UsageFunction(scope, 'RecordMessages', {
    ...BEHIND_API,
    ...props,
    folder: 'record-messages',
    description: 'Records messages that are posted to the HTTP API',
  });
  handler.allow(['dynamodb:PutItem'], messages.tableArn);
  // Of the usage table it sees the API keys and, for whether a peer may have one more channel, what belongs to
  // peers.
  allowApiKeys(handler, usage);
  handler.allow(
    ['dynamodb:GetItem', 'dynamodb:BatchGetItem'],
    usage.tableArn,
    onlyWhereBegins(PEER_PARTITIONS_PREFIX),
  );
  return handler;
}

function usageApi(scope: Construct, props: EndpointProps): UsageFunction {
  const { usage } = props.storage;
  const handler = new UsageFunction(scope, 'UsageApi', {
    ...BEHIND_API,
    ...props,
    folder: 'usage-api',
    description: 'Answers how much the channels of a peer were used',
    addFiles: addPublishedDocuments,
  });
  // Neither the hash secret nor what was quarantined.
  allowApiKeys(handler, usage);
  handler.allow(
    ['dynamodb:GetItem', 'dynamodb:Query'],
    usage.tableArn,
    onlyWhereBegins(PEER_PARTITIONS_PREFIX),
  );
  handler.allow(
    ['dynamodb:BatchGetItem', 'dynamodb:Query'],
    usage.tableArn,
    onlyWhereBegins(DIRECTORY_PARTITIONS_PREFIX),
  );
  return handler;
}

function manageChannels(scope: Construct, props: EndpointProps): UsageFunction {
  const { usage } = props.storage;
  const handler = new UsageFunction(scope, 'ManageChannels', {
    ...BEHIND_API,
    ...props,
    folder: 'manage-channels',
    description: 'Lists and changes the channels and the health settings of a peer',
  });
  // What it may write is what belongs to a peer: never an API key.
  allowApiKeys(handler, usage);
  handler.allow(
    ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    usage.tableArn,
    onlyWhereBegins(PEER_PARTITIONS_PREFIX),
  );
  handler.allow(['dynamodb:PutItem'], usage.tableArn, onlyWhereBegins(DIRECTORY_PARTITIONS_PREFIX));
  return handler;
}

/** Lets a function read the API key that a request names. Keys are made and listed by tools alone. */
function allowApiKeys(handler: UsageFunction, usage: UsageStorage['usage']): void {
  handler.allow(['dynamodb:GetItem'], usage.tableArn, onlyIn(API_KEYS_PARTITION));
}

/** It is given no more than files that everyone may read. */
function serveDashboard(scope: Construct, props: EndpointProps): UsageFunction {
  return new UsageFunction(scope, 'ServeDashboard', {
    ...BEHIND_API,
    ...props,
    folder: 'serve-dashboard',
    description: 'Serves the dashboard, and the script that other pages show usage with',
    addFiles: addDashboard,
  });
}

/** The API, with the function that each route leads to. */
function httpApi(
  scope: Construct,
  functions: UsageEndpoint['functions'],
  { corsOrigins }: StackSettings,
): HttpApi {
  const integrations: Record<HttpFunction, HttpLambdaIntegration> = {
    'record-messages': integration('RecordMessages', functions['record-messages']),
    'manage-channels': integration('ManageChannels', functions['manage-channels']),
    'usage-api': integration('UsageApi', functions['usage-api']),
    'serve-dashboard': integration('ServeDashboard', functions['serve-dashboard']),
  };
  const api = new HttpApi(scope, 'Api', {
    description: 'Channel Usage Analytics',
    createDefaultStage: false,
    defaultIntegration: integrations[FALLBACK_FUNCTION],
    ...(corsOrigins.length > 0 && { corsPreflight: corsOf(corsOrigins) }),
  });
  for (const route of Object.values<Route>(ROUTES)) {
    api.addRoutes({
      path: route.path,
      methods: methodsOf(route).map((method) => METHODS[method]),
      integration: integrations[route.function],
    });
  }
  explain(api, {
    'AwsSolutions-APIG4':
      'The functions check the API key of every request themselves, so that all errors have one shape; and ' +
      "the description of the API and the dashboard's files are open to everyone.",
  });
  return api;
}

function addStage(scope: Construct, api: HttpApi, { throttling, ...settings }: StackSettings): void {
  const accessLog = new LogGroup(scope, 'AccessLog', {
    retention: settings.logRetention,
    removalPolicy: removalPolicyOf(settings),
  });
  const stage = new HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    // Of what belongs to no route, and is answered with 404.
    throttle: {
      rateLimit: throttling.public.requestsPerSecond,
      burstLimit: throttling.public.burst,
    },
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLog),
      format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
    },
  });
  limitRoutes(stage, api, throttling);
}

/**
 * Gives every route a limit of its own, by which nobody can use up what another route has: least of all that
 * of recording.
 */
function limitRoutes(stage: HttpStage, api: HttpApi, throttling: StackSettings['throttling']): void {
  const { defaultChild } = stage.node;
  if (!(defaultChild instanceof CfnStage)) throw new Error('a stage is not made of a stage');
  defaultChild.routeSettings = Object.fromEntries(
    Object.values<Route>(ROUTES).flatMap((route) => {
      const { requestsPerSecond, burst } = throttling[kindOf(route)];
      const limit = { ThrottlingRateLimit: requestsPerSecond, ThrottlingBurstLimit: burst };
      return methodsOf(route).map((method) => [routeKey({ method, path: route.path }), limit]);
    }),
  );
  // API Gateway refuses the limit of a route that is not there yet.
  for (const child of api.node.findAll()) {
    if (child instanceof CfnRoute) defaultChild.addResourceDependency(child);
  }
}

function kindOf(route: Route): keyof StackSettings['throttling'] {
  if (route.access === 'public') return 'public';
  return route.function === 'record-messages' ? 'recording' : 'api';
}

/**
 * What the access log holds of a request. It is the only trace of those that API Gateway answers itself,
 * such as the throttled ones. Paths and queries hold ids, and stay out of it.
 */
const ACCESS_LOG_FIELDS = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  functionStatus: '$context.integrationStatus',
  functionError: '$context.integrationErrorMessage',
  gatewayError: '$context.error.message',
};

const METHODS: Record<Method, HttpMethod> = {
  GET: HttpMethod.GET,
  HEAD: HttpMethod.HEAD,
  POST: HttpMethod.POST,
  PUT: HttpMethod.PUT,
};

function corsOf(origins: string[]): CorsPreflightOptions {
  return {
    allowOrigins: origins,
    allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PUT],
    allowHeaders: ['authorization', 'content-encoding', 'content-type', 'if-none-match'],
    exposeHeaders: ['etag', 'retry-after', 'x-request-id'],
    maxAge: Duration.hours(1),
  };
}

function integration(id: string, handler: UsageFunction): HttpLambdaIntegration {
  return new HttpLambdaIntegration(id, handler, { payloadFormatVersion: PayloadFormatVersion.VERSION_2_0 });
}
