import { Duration, Size } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, PayloadFormatVersion } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { FALLBACK_FUNCTION, type HttpFunction, ROUTES, type Route } from '../functions/runtime/routes.ts';
import { API_KEYS_PARTITION } from '../functions/store/usage-table.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import type { UsageStorage } from './usage-storage.ts';

/** The HTTP API and the functions behind it. Browsers of other origins get no leave to call it. */
export class UsageEndpoint extends Construct {
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
      description: 'Answers what the channels of a peer were used',
      memory: Size.mebibytes(512),
      timeout: Duration.seconds(29),
      storage,
      settings,
    });
    usageApi.allow(['dynamodb:GetItem', 'dynamodb:Query'], storage.usage.tableArn);

    const integrations: Record<HttpFunction, HttpLambdaIntegration> = {
      'record-messages': integration('RecordMessages', recordMessages),
      'usage-api': integration('UsageApi', usageApi),
    };
    const api = new HttpApi(this, 'Api', {
      description: 'Channel Usage Analytics',
      createDefaultStage: false,
      defaultIntegration: integrations[FALLBACK_FUNCTION],
    });
    for (const route of Object.values(ROUTES)) {
      api.addRoutes({
        path: route.path,
        methods: [METHODS[route.method]],
        integration: integrations[route.function],
      });
    }
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: {
        rateLimit: settings.throttling.requestsPerSecond,
        burstLimit: settings.throttling.burst,
      },
    });
  }
}

const METHODS: Record<Route['method'], HttpMethod> = {
  GET: HttpMethod.GET,
  POST: HttpMethod.POST,
  PUT: HttpMethod.PUT,
};

function integration(id: string, handler: UsageFunction): HttpLambdaIntegration {
  return new HttpLambdaIntegration(id, handler, { payloadFormatVersion: PayloadFormatVersion.VERSION_2_0 });
}
