import { Duration, Stack } from 'aws-cdk-lib';
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
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { CROSS_ORIGIN } from '../functions/shared/http/cross-origin.ts';
import {
  FALLBACK_FUNCTION,
  type HttpFunction,
  type Method,
  methodsOf,
  ROUTES,
  type Route,
  routeKey,
} from '../functions/shared/http/routes.ts';
import { explain } from './explained-exceptions.ts';
import {
  type ApiFunctions,
  accessLogFormat,
  accessLogOf,
  type Gateway,
  KEYS_ARE_CHECKED_BY_FUNCTIONS,
  limitOf,
} from './gateway.ts';
import type { StackSettings } from './stack-settings.ts';
import type { UsageFunction } from './usage-function.ts';

/** An HTTP API, with the function that each route leads to. */
export function httpApi(scope: Construct, functions: ApiFunctions, settings: StackSettings): Gateway {
  const api = routedApi(scope, functions, settings);
  addStage(scope, api, settings);
  return {
    id: api.apiId,
    url: api.apiEndpoint,
    metricCount: (options) => api.metricCount(options),
    metricClientError: (options) => api.metricClientError(options),
    metricServerError: (options) => api.metricServerError(options),
    metricLatency: (options) => api.metricLatency(options),
  };
}

function routedApi(scope: Construct, functions: ApiFunctions, { corsOrigins }: StackSettings): HttpApi {
  const integrations: Record<HttpFunction, HttpLambdaIntegration> = {
    'record-messages': integration('RecordMessages', functions['record-messages']),
    'look-up-messages': integration('LookUpMessages', functions['look-up-messages']),
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
  // The permission of the other routes is for paths, and the fallback has none.
  functions[FALLBACK_FUNCTION].addPermission('Fallback', {
    principal: new ServicePrincipal('apigateway.amazonaws.com'),
    sourceArn: Stack.of(scope).formatArn({
      service: 'execute-api',
      resource: api.apiId,
      resourceName: '*/$default',
    }),
  });
  explain(api, { 'AwsSolutions-APIG4': KEYS_ARE_CHECKED_BY_FUNCTIONS });
  return api;
}

function addStage(scope: Construct, api: HttpApi, { throttling, ...settings }: StackSettings): void {
  const accessLog = accessLogOf(scope, settings);
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
      format: AccessLogFormat.custom(accessLogFormat('$context.routeKey')),
    },
  });
  limitRoutes(stage, api, throttling);
}

function limitRoutes(stage: HttpStage, api: HttpApi, throttling: StackSettings['throttling']): void {
  const { defaultChild } = stage.node;
  if (!(defaultChild instanceof CfnStage)) throw new Error('a stage is not made of a stage');
  defaultChild.routeSettings = Object.fromEntries(
    Object.values<Route>(ROUTES).flatMap((route) => {
      const { requestsPerSecond, burst } = limitOf(route, throttling);
      const limit = { ThrottlingRateLimit: requestsPerSecond, ThrottlingBurstLimit: burst };
      return methodsOf(route).map((method) => [routeKey({ method, path: route.path }), limit]);
    }),
  );
  // API Gateway refuses the limit of a route that is not there yet.
  for (const child of api.node.findAll()) {
    if (child instanceof CfnRoute) defaultChild.addResourceDependency(child);
  }
}

const METHODS: Record<Method, HttpMethod> = {
  GET: HttpMethod.GET,
  HEAD: HttpMethod.HEAD,
  POST: HttpMethod.POST,
  PUT: HttpMethod.PUT,
  DELETE: HttpMethod.DELETE,
};

function corsOf(origins: string[]): CorsPreflightOptions {
  const { exposed, headers, maxAgeSeconds, methods } = CROSS_ORIGIN;
  return {
    allowOrigins: origins,
    allowMethods: methods.map((method) => CORS_METHODS[method]),
    allowHeaders: [...headers],
    exposeHeaders: [...exposed],
    maxAge: Duration.seconds(maxAgeSeconds),
  };
}

const CORS_METHODS = {
  GET: CorsHttpMethod.GET,
  POST: CorsHttpMethod.POST,
  PUT: CorsHttpMethod.PUT,
  DELETE: CorsHttpMethod.DELETE,
};

/** One permission for each function: one for each route would be two where there is HEAD. */
function integration(id: string, handler: UsageFunction): HttpLambdaIntegration {
  return new HttpLambdaIntegration(id, handler, {
    payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
    scopePermissionToRoute: false,
  });
}
