import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import { type ApiError, InvalidRequestError } from './api-errors.ts';
import { decodedSegments, matchRoute, routeKey } from './routes.ts';

/** What API Gateway sends to a function: an HTTP API in payload format 2.0, a REST API in format 1.0. */
export type GatewayEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;

/** A request as functions know it, whichever kind of API it came through. */
export interface ReceivedRequest {
  event: APIGatewayProxyEventV2;
  /** What keeps it from being answered, where it cannot be told what it asks. */
  problem?: ApiError;
}

/**
 * The request in an event: that of an HTTP API as it is, that of a REST API turned into the event that an HTTP API
 * would have sent. Nothing else knows of two kinds.
 *
 * @param settings `compressAnswers` says whether the API hands on the bytes of an answer that is compressed
 */
export function receivedRequest(
  sent: GatewayEvent,
  { compressAnswers = true }: { compressAnswers?: boolean },
): ReceivedRequest {
  if (!('httpMethod' in sent)) return { event: sent };
  const segments = decodedSegments(sent.path);
  const event = eventOf(sent, segments, compressAnswers);
  return segments === undefined ? { event, problem: malformedPath() } : { event };
}

/** That a path cannot be told from its bytes. */
export function malformedPath(): InvalidRequestError {
  return new InvalidRequestError([{ path: 'path', message: 'the path must be percent-encoded UTF-8' }]);
}

/**
 * The event of an HTTP API. The route is found by the path: a REST API ignores a slash at its end, which an HTTP API
 * does not, and would answer a request as if it were another.
 */
function eventOf(
  sent: APIGatewayProxyEvent,
  segments: readonly string[] | undefined,
  compressAnswers: boolean,
): APIGatewayProxyEventV2 {
  const { httpMethod: method, requestContext: context } = sent;
  const matched = segments && matchRoute(method, segments);
  const key =
    matched === undefined ? '$default' : routeKey({ method: matched.method, path: matched.route.path });
  // A REST API hands on the path as it was sent, an HTTP API decoded.
  const path = segments?.join('/') ?? sent.path;
  return {
    version: '2.0',
    routeKey: key,
    rawPath: path,
    rawQueryString: queryString(sent.multiValueQueryStringParameters ?? {}),
    headers: headersOf(sent, compressAnswers),
    ...(matched !== undefined && { pathParameters: matched.parameters }),
    requestContext: {
      accountId: context.accountId,
      apiId: context.apiId,
      domainName: context.domainName ?? '',
      domainPrefix: context.domainPrefix ?? '',
      http: {
        method,
        path,
        protocol: context.protocol,
        sourceIp: context.identity.sourceIp,
        userAgent: context.identity.userAgent ?? '',
      },
      requestId: context.requestId,
      routeKey: key,
      stage: context.stage,
      time: context.requestTime ?? '',
      timeEpoch: context.requestTimeEpoch,
    },
    ...(sent.body != null && { body: sent.body }),
    isBase64Encoded: sent.isBase64Encoded,
  };
}

/** A REST API decodes the query; encoded again, it is read by what reads every query. */
function queryString(
  parameters: NonNullable<APIGatewayProxyEvent['multiValueQueryStringParameters']>,
): string {
  return Object.entries(parameters)
    .flatMap(([name, values = []]) => values.map((value) => `${queryPart(name)}=${queryPart(value)}`))
    .join('&');
}

/** What stands for bytes that are no text, and no text of this API has, becomes such a byte again. */
function queryPart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(encodeURIComponent('\ufffd'), '%FF');
}

/** The headers by names in lower case, each with its values in one, as an HTTP API has them. */
function headersOf(
  { multiValueHeaders }: APIGatewayProxyEvent,
  compressAnswers: boolean,
): Record<string, string> {
  const headers = Object.fromEntries(
    Object.entries(multiValueHeaders ?? {}).map(([name, values = []]) => [
      name.toLowerCase(),
      values.join(','),
    ]),
  );
  // A REST API sends the bytes of a compressed answer to those alone who say what they accept. All others would
  // get Base64.
  if (!compressAnswers || headers['accept'] === undefined) delete headers['accept-encoding'];
  return headers;
}
