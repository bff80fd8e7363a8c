import type { APIGatewayProxyEvent } from 'aws-lambda';
import {
  FALLBACK_FUNCTION,
  type HttpFunction,
  matchPath,
  methodsOf,
  ROUTES,
  type Route,
} from '../../../functions/shared/http/routes.ts';
import type { WireRequest } from './answer-check.ts';

/** A request as a REST API gives it to a function. */
export interface RestInvocation {
  function: HttpFunction;
  event: APIGatewayProxyEvent;
}

const REST_STAGE = 'dev';
/** The resource of whatever has none of its own. */
const OTHERS = '/{proxy+}';

/**
 * Makes the event that a REST API of API Gateway sends to a function, in payload format 1.0, with every media type
 * binary. It differs from that of an HTTP API in this: the path is as it was sent, and so are the parameters in it;
 * the query is decoded; a slash at the end of the path is ignored where the resource is looked for; names of headers
 * are as they were sent; and every body is in Base64.
 *
 * @param request its headers by names in lower case, which come as browsers write them over HTTP/1.1
 */
export function restInvocation(request: WireRequest, requestId = 'request-1'): RestInvocation {
  const [path = '/', ...rest] = request.target.split('?');
  const { route, resource, pathParameters } = resourceOf(request.method, path);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [asBrowsersWrite(name), value]),
  );
  const query = decodedQuery(rest.join('?'));
  const event: APIGatewayProxyEvent = {
    resource,
    path,
    httpMethod: request.method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters:
      query && Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values.at(-1)])),
    multiValueQueryStringParameters: query,
    pathParameters,
    stageVariables: null,
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      authorizer: null,
      domainName: 'api.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'api',
      httpMethod: request.method,
      identity: { ...NOBODY, sourceIp: '192.0.2.1', userAgent: headers['User-Agent'] ?? null },
      path: `/${REST_STAGE}${path}`,
      protocol: 'HTTP/1.1',
      requestId,
      requestTime: '22/Nov/2026:10:00:00 +0000',
      requestTimeEpoch: 1_795_341_600_000,
      resourceId: 'resource',
      resourcePath: resource,
      stage: REST_STAGE,
    },
    body: request.body.length === 0 ? null : request.body.toString('base64'),
    isBase64Encoded: request.body.length > 0,
  };
  return { function: route?.function ?? FALLBACK_FUNCTION, event };
}

/** The resource of a path, with the route where one has the method. */
function resourceOf(method: string, path: string) {
  const segments = (path === '/' ? path : path.replace(/\/$/, '')).split('/');
  const matching = Object.values<Route>(ROUTES).filter(
    ({ path: own }) => matchPath(own, segments) !== undefined,
  );
  const route = matching.find((one) => methodsOf(one).some((each) => each === method));
  const resource = matching[0]?.path ?? OTHERS;
  const pathParameters =
    resource === OTHERS ? { proxy: path.slice(1) } : (matchPath(resource, segments) ?? null);
  return { route, resource, pathParameters };
}

/** Replaces what is no UTF-8, as decoders do; nothing where there is no query. */
function decodedQuery(query: string): Record<string, string[]> | null {
  if (query === '') return null;
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    parameters.set(name, [...(parameters.get(name) ?? []), value]);
  }
  return Object.fromEntries(parameters);
}

function asBrowsersWrite(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

const NOBODY = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
  vpcId: undefined,
  vpceId: undefined,
};
