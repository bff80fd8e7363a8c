import { Duration, Size } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
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
import { FALLBACK_FUNCTION, type HttpFunction, ROUTES, type Route } from '../functions/shared/http/routes.ts';
import { API_KEYS_PARTITION } from '../functions/shared/store/items/api-key.ts';
import { PEER_PARTITIONS_PREFIX } from '../functions/shared/store/items/keys.ts';
import { DIRECTORY_PARTITIONS } from '../functions/shared/store/items/peer-directory-entry.ts';
import { addDashboard, addPublishedDocuments } from './built-files.ts';
import { explain } from './explained-exceptions.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import type { UsageStorage } from './usage-storage.ts';

/**
 * The HTTP API and the functions behind it. Browsers of other origins get no leave to call it, unless the
 * settings name them.
 */
export class UsageEndpoint extends Construct {
  readonly functions: Readonly<Record<HttpFunction, UsageFunction>>;
  readonly api: HttpApi;
  /** The address of the API, without a slash at its end. */
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    { storage, settings }: { storage: UsageStorage; settings: StackSettings },
  ) {
    super(scope, id);
    const recordMessages = new UsageFunction(this, 'RecordMessages', {
      folder: 'record-messages',
      description: 'Records messages that are posted to the HTTP API',
      memory: Size.mebibytes(512),
      // API Gateway itself gives up after 30 seconds.
      timeout: Duration.seconds(29),
      waitedForBy: 'API Gateway waits for the answer of the function.',
      storage,
      settings,
    });
    recordMessages.allow(['dynamodb:PutItem'], storage.messages.tableArn);
    // Of the usage table it sees the API keys alone.
    recordMessages.allow(['dynamodb:GetItem'], storage.usage.tableArn, {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [API_KEYS_PARTITION] },
    });

    const usageApi = new UsageFunction(this, 'UsageApi', {
      folder: 'usage-api',
      description: 'Answers how much the channels of a peer were used',
      memory: Size.mebibytes(512),
      timeout: Duration.seconds(29),
      waitedForBy: 'API Gateway waits for the answer of the function.',
      addFiles: addPublishedDocuments,
      storage,
      settings,
    });
    usageApi.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], storage.usage.tableArn);

    const manageChannels = new UsageFunction(this, 'ManageChannels', {
      folder: 'manage-channels',
      description: 'Lists and changes the channels and the health settings of a peer',
      memory: Size.mebibytes(512),
      timeout: Duration.seconds(29),
      waitedForBy: 'API Gateway waits for the answer of the function.',
      storage,
      settings,
    });
    // What it may write is what belongs to a peer: never an API key.
    manageChannels.allow(
      ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      storage.usage.tableArn,
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${PEER_PARTITIONS_PREFIX}*`] } },
    );
    manageChannels.allow(['dynamodb:PutItem'], storage.usage.tableArn, {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': DIRECTORY_PARTITIONS },
    });
    manageChannels.allow(['dynamodb:GetItem'], storage.usage.tableArn, {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [API_KEYS_PARTITION] },
    });

    // It is given no more than files that everyone may read.
    const serveDashboard = new UsageFunction(this, 'ServeDashboard', {
      folder: 'serve-dashboard',
      description: 'Serves the dashboard, and the script that other pages show usage with',
      memory: Size.mebibytes(512),
      timeout: Duration.seconds(10),
      waitedForBy: 'API Gateway waits for the answer of the function.',
      addFiles: addDashboard,
      storage,
      settings,
    });

    this.functions = {
      'record-messages': recordMessages,
      'manage-channels': manageChannels,
      'usage-api': usageApi,
      'serve-dashboard': serveDashboard,
    };
    const integrations: Record<HttpFunction, HttpLambdaIntegration> = {
      'record-messages': integration('RecordMessages', recordMessages),
      'manage-channels': integration('ManageChannels', manageChannels),
      'usage-api': integration('UsageApi', usageApi),
      'serve-dashboard': integration('ServeDashboard', serveDashboard),
    };
    this.api = new HttpApi(this, 'Api', {
      description: 'Channel Usage Analytics',
      createDefaultStage: false,
      defaultIntegration: integrations[FALLBACK_FUNCTION],
      ...(settings.corsOrigins.length > 0 && { corsPreflight: corsOf(settings.corsOrigins) }),
    });
    for (const route of Object.values<Route>(ROUTES)) {
      this.api.addRoutes({
        path: route.path,
        methods: [METHODS[route.method]],
        integration: integrations[route.function],
      });
    }
    explain(this.api, {
      'AwsSolutions-APIG4':
        'The functions check the API key of every request themselves, so that all errors have one shape; and ' +
        "the description of the API and the dashboard's files are open to everyone.",
    });
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: settings.logRetention,
      removalPolicy: removalPolicyOf(settings),
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: {
        rateLimit: settings.throttling.requestsPerSecond,
        burstLimit: settings.throttling.burst,
      },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
      },
    });
    this.url = this.api.apiEndpoint;
  }
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

const METHODS: Record<Route['method'], HttpMethod> = {
  GET: HttpMethod.GET,
  POST: HttpMethod.POST,
  PUT: HttpMethod.PUT,
};

function corsOf(origins: string[]): CorsPreflightOptions {
  return {
    allowOrigins: origins,
    allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PUT],
    allowHeaders: ['authorization', 'content-type'],
    exposeHeaders: ['x-request-id'],
    maxAge: Duration.hours(1),
  };
}

function integration(id: string, handler: UsageFunction): HttpLambdaIntegration {
  return new HttpLambdaIntegration(id, handler, { payloadFormatVersion: PayloadFormatVersion.VERSION_2_0 });
}
