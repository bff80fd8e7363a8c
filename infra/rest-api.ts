import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  EndpointType,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodDeploymentOptions,
  Resource,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import {
  FALLBACK_FUNCTION,
  type HttpFunction,
  methodsOf,
  ROUTES,
  type Route,
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

/** A REST API that leads to the same functions as the HTTP API, and answers the same. */
export function restApi(scope: Construct, functions: ApiFunctions, settings: StackSettings): Gateway {
  const { region, stackName, urlSuffix } = Stack.of(scope);
  const accessLog = accessLogOf(scope, settings);
  const { throttling } = settings;
  const api = new RestApi(scope, 'RestApi', {
    // The CloudWatch metrics of a REST API know it by its name.
    restApiName: stackName,
    description: 'Channel Usage Analytics',
    endpointTypes: [EndpointType.REGIONAL],
    // Compressed bodies go both ways as they are.
    binaryMediaTypes: ['*/*'],
    // Without it, API Gateway may not write the access log. It holds for all REST APIs of the account in the region,
    // and so it stays.
    cloudWatchRole: true,
    cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
    deployOptions: {
      stageName: settings.stage,
      // Of what belongs to no route, and is answered with 404.
      throttlingRateLimit: throttling.public.requestsPerSecond,
      throttlingBurstLimit: throttling.public.burst,
      methodOptions: limits(throttling),
      accessLogDestination: new LogGroupLogDestination(accessLog),
      accessLogFormat: AccessLogFormat.custom(accessLogFormat('$context.httpMethod $context.resourcePath')),
    },
  });
  addRoutes(api, functions);
  explain(api, EXPLAINED);
  return {
    id: api.restApiId,
    url: `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${settings.stage}`,
    metricCount: (options) => api.metricCount(options),
    metricClientError: (options) => api.metricClientError(options),
    metricServerError: (options) => api.metricServerError(options),
    metricLatency: (options) => api.metricLatency(options),
  };
}

/**
 * Adds a method for each of a route, and one for all others to everything that a path may be: without it API Gateway
 * would answer some of them by itself, in another shape.
 */
function addRoutes(api: RestApi, functions: ApiFunctions): void {
  const integrations: Record<HttpFunction, LambdaIntegration> = {
    'record-messages': integration(functions['record-messages']),
    'look-up-messages': integration(functions['look-up-messages']),
    'manage-channels': integration(functions['manage-channels']),
    'usage-api': integration(functions['usage-api']),
    'serve-dashboard': integration(functions['serve-dashboard']),
  };
  for (const route of Object.values<Route>(ROUTES)) {
    const resource = api.root.resourceForPath(route.path);
    for (const method of methodsOf(route)) resource.addMethod(method, integrations[route.function]);
  }
  const others: IResource[] = api.node.findAll().filter((child) => child instanceof Resource);
  for (const resource of [api.root, ...others]) resource.addMethod('ANY', integrations[FALLBACK_FUNCTION]);
  api.root.addResource('{proxy+}').addMethod('ANY', integrations[FALLBACK_FUNCTION]);
}

/** One permission for each function, and not two for each method. */
function integration(handler: ApiFunctions[HttpFunction]): LambdaIntegration {
  return new LambdaIntegration(handler, { scopePermissionToMethod: false });
}

function limits(throttling: StackSettings['throttling']): Record<string, MethodDeploymentOptions> {
  return Object.fromEntries(
    Object.values<Route>(ROUTES).flatMap((route) => {
      const { requestsPerSecond, burst } = limitOf(route, throttling);
      const limit = { throttlingRateLimit: requestsPerSecond, throttlingBurstLimit: burst };
      return methodsOf(route).map((method) => [`${route.path}/${method}`, limit]);
    }),
  );
}

const EXPLAINED = {
  'AwsSolutions-APIG2':
    'The functions check every part of a request themselves, so that all errors have one shape.',
  'AwsSolutions-APIG3': 'A firewall costs money at rest. Every route and every key has a limit.',
  'AwsSolutions-APIG4': KEYS_ARE_CHECKED_BY_FUNCTIONS,
  'AwsSolutions-APIG6':
    'The log of executions holds paths, queries and keys. The access log and the logs of the functions hold neither.',
  'AwsSolutions-COG4': KEYS_ARE_CHECKED_BY_FUNCTIONS,
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
    'The role lets API Gateway write logs, for all REST APIs of the account in the region: AWS offers this policy for it.',
  'Serverless-APIGWXrayEnabled':
    'X-Ray would need a permission on every resource, and its price grows with the traffic. A request id goes ' +
    'through the answer, the access log and the log of the function.',
};
