import type { oas31, ZodOpenApiResponseObject, ZodOpenApiSchemaObject } from 'zod-openapi';
import { described, KNOWN_VALUES } from '../functions/shared/domain/described.ts';
import {
  type ApiError,
  ChannelPurgedError,
  type ErrorAnswer,
  type ErrorDetail,
  errorAnswer,
  ForbiddenError,
  InternalError,
  InvalidRequestError,
  MethodNotAllowedError,
  NotFoundError,
  PayloadTooLargeError,
  ServiceUnavailableError,
  TooManyChannelsError,
  TooManyRequestsError,
  TooManyShareLinksError,
  UnauthenticatedError,
  UnsupportedMediaTypeError,
} from '../functions/shared/http/api-errors.ts';
import { MAX_BODY_BYTES } from '../functions/shared/http/json-body.ts';

/** The header that every answer of the service has. */
export const REQUEST_ID_HEADER = { 'x-request-id': { $ref: '#/components/headers/RequestId' } } as const;

/** The same where the gateway, which does not send it, may be the one that answers. */
const OPTIONAL_REQUEST_ID_HEADER = {
  'x-request-id': { $ref: '#/components/headers/ServiceRequestId' },
} as const;

/** What is answered where the service or the gateway may be the one that answers. */
export const ANY_ERROR_SCHEMA: oas31.SchemaObject = {
  description: 'An error of the service, or what the gateway in front of it answers with.',
  anyOf: [{ $ref: '#/components/schemas/ErrorAnswer' }, { $ref: '#/components/schemas/GatewayMessage' }],
};

/** As API Gateway writes one. */
const REQUEST_ID = 'JKJaXmPLvHcESHA=';

/** The headers of answers, as components of the document. */
export const HEADERS: Record<string, oas31.HeaderObject> = {
  RequestId: {
    description:
      'Names the request in the logs. Tell it to whoever runs the service when something is wrong.',
    required: true,
    schema: { type: 'string' },
    example: REQUEST_ID,
  },
  ServiceRequestId: {
    description: 'Names the request in the logs, where the service answers, and not the gateway.',
    schema: { type: 'string' },
    example: REQUEST_ID,
  },
  WwwAuthenticate: {
    description: 'How to authenticate.',
    required: true,
    schema: { type: 'string', enum: ['Bearer'] },
  },
  Allow: {
    description: 'The methods that this path allows, separated by commas.',
    required: true,
    schema: { type: 'string' },
    example: 'GET, HEAD',
  },
  ETag: {
    description:
      'Names the content of the answer, whenever it was made: `asOf`, `lagSeconds` and `countedThrough` make no ' +
      'other. Sent back as `If-None-Match`, it is answered with a 304 as long as the content is the same.',
    required: true,
    schema: { type: 'string', pattern: '^W/"[\\w-]+"$' },
    example: 'W/"47DEQpj8HBSa-_TImW-5JCeuQeR"',
  },
  Vary: {
    description: 'The headers of the request that may make it another answer.',
    required: true,
    schema: { type: 'string' },
    example: 'accept-encoding, authorization',
  },
  AcceptEncoding: {
    description: 'How a body may be compressed, where it was compressed in another way.',
    schema: { type: 'string', enum: ['gzip'] },
  },
  ContentDisposition: {
    description: 'The name of the file.',
    required: true,
    schema: { type: 'string' },
    example: 'attachment; filename="channel-usage-peer_123-2025-10.csv"',
  },
  RetryAfter: {
    description: 'After how many seconds to try again. An answer of the gateway has none.',
    schema: { type: 'integer', minimum: 0 },
    example: 5,
  },
};

/** The header of an answer that is a download. */
export const DOWNLOAD_HEADER = {
  'content-disposition': { $ref: '#/components/headers/ContentDisposition' },
} as const;

/** The headers of an answer with something to read or to show, beside the request id. */
export const ANSWER_HEADERS = { vary: { $ref: '#/components/headers/Vary' } } as const;

/** The same of an answer that a client may keep, and ask whether it still holds. */
export const KEPT_ANSWER_HEADERS = {
  ...ANSWER_HEADERS,
  etag: { $ref: '#/components/headers/ETag' },
} as const;

/** The answer to a client that has the same already, as a component of the document. */
export const NOT_MODIFIED: ZodOpenApiResponseObject = {
  description: 'The answer is the one that `If-None-Match` names. There is no body.',
  headers: { ...REQUEST_ID_HEADER, ...KEPT_ANSWER_HEADERS },
};

const HEADER_COMPONENTS: Readonly<Record<string, string>> = {
  'accept-encoding': 'AcceptEncoding',
  'www-authenticate': 'WwwAuthenticate',
  allow: 'Allow',
  'retry-after': 'RetryAfter',
};

/** One of each error, as it may be answered. */
const ERRORS = {
  unauthenticated: new UnauthenticatedError('an API key is needed, in the header Authorization: Bearer KEY'),
  scopeForbidden: new ForbiddenError('the API key does not have the scope stats:read'),
  peerForbidden: new ForbiddenError('the API key does not allow access to this peer'),
  notFound: new NotFoundError(),
  methodNotAllowed: new MethodNotAllowedError(['GET', 'HEAD']),
  tooManyChannels: new TooManyChannelsError(),
  tooManyShareLinks: new TooManyShareLinksError(),
  channelPurged: new ChannelPurgedError(),
  payloadTooLarge: new PayloadTooLargeError(
    `the body must have at most ${MAX_BODY_BYTES} bytes, also once it is decompressed`,
  ),
  unsupportedMediaType: new UnsupportedMediaTypeError('the content type must be application/json', {
    headers: { 'accept-encoding': 'gzip' },
  }),
  tooManyRequests: new TooManyRequestsError(1),
  internal: new InternalError(undefined),
  unavailable: new ServiceUnavailableError(undefined),
};

described(errorAnswer.shape.error.shape.code, {
  override: {
    [KNOWN_VALUES]: [
      ...new Set([new InvalidRequestError([]), ...Object.values(ERRORS)].map(({ code }) => code)),
    ],
  },
});

/** The answers that are the same wherever they are given, as components of the document. */
export const ERROR_RESPONSES = {
  Unauthenticated: errorResponse(
    'There is no API key in the request, or it is malformed, unknown, expired or revoked.',
    ERRORS.unauthenticated,
  ),
  ScopeForbidden: errorResponse('The API key does not have the scope.', ERRORS.scopeForbidden),
  PeerForbidden: errorResponse(
    'The API key does not have the scope, or is not for this peer.',
    ERRORS.peerForbidden,
  ),
  NotFound: errorResponse(
    'There is nothing at this path. That nothing is known of a peer is no error.',
    ERRORS.notFound,
  ),
  MethodNotAllowed: errorResponse('This path allows other methods.', ERRORS.methodNotAllowed),
  ChannelRefused: errorResponse(
    '`too_many_channels`: the channel is not registered, and the peer has as many as it may have. `channel_purged`: an ' +
      'operator has purged it. Nothing was changed.',
    ERRORS.tooManyChannels,
  ),
  ShareLinkRefused: errorResponse(
    'The peer has as many share links that work as it may have. Nothing was made.',
    ERRORS.tooManyShareLinks,
  ),
  PayloadTooLarge: errorResponse(
    `The body has more than ${MAX_BODY_BYTES} bytes, or would have once it is decompressed.`,
    ERRORS.payloadTooLarge,
    'Request Entity Too Large',
  ),
  UnsupportedMediaType: errorResponse(
    'The body is not said to be JSON, or is compressed in another way than with gzip.',
    ERRORS.unsupportedMediaType,
  ),
  TooManyRequests: errorResponse(
    'The API key asks more than one key may, or all callers together more than the deployment takes. The same ' +
      'request may be sent again a little later.',
    ERRORS.tooManyRequests,
    'Too Many Requests',
  ),
  InternalError: errorResponse(
    'Something went wrong in the service. The same request may be sent again.',
    ERRORS.internal,
    'Internal Server Error',
  ),
  ServiceUnavailable: errorResponse(
    'The service cannot answer at the moment. The same request may be sent again.',
    ERRORS.unavailable,
    'Service Unavailable',
  ),
} satisfies Record<string, ZodOpenApiResponseObject>;

/** The answer to a request with something wrong about it, and what that may be, as an example. */
export function invalidRequest(detail: ErrorDetail): ZodOpenApiResponseObject {
  return errorResponse(
    'Something is wrong with the request; `details` names each parameter or field.',
    new InvalidRequestError([detail]),
  );
}

/** @param gatewayMessage what the gateway says, where it may answer with the same status by itself */
function errorResponse(
  description: string,
  error: ApiError,
  gatewayMessage?: string,
): ZodOpenApiResponseObject {
  const headers = Object.keys(error.headers).map((name) => [name, headerReference(name)]);
  const examples = { [error.code]: { summary: 'Of the service', value: answerOf(error) } };
  if (gatewayMessage === undefined) {
    return {
      description,
      headers: { ...REQUEST_ID_HEADER, ...Object.fromEntries(headers) },
      content: jsonContent(errorAnswer, examples),
    };
  }
  return {
    description: `${description} Where the gateway answers so by itself, it gives nothing but a message.`,
    headers: { ...OPTIONAL_REQUEST_ID_HEADER, ...Object.fromEntries(headers) },
    content: jsonContent(
      { $ref: '#/components/schemas/AnyErrorAnswer' },
      { ...examples, gateway: gatewayExample(gatewayMessage) },
    ),
  };
}

function headerReference(name: string): { $ref: string } {
  const component = HEADER_COMPONENTS[name];
  if (component === undefined) throw new Error(`the header ${name} is not described`);
  return { $ref: `#/components/headers/${component}` };
}

function answerOf({ code, message, status, details }: ApiError): ErrorAnswer {
  return {
    error: {
      code,
      message,
      status,
      requestId: REQUEST_ID,
      ...(details !== undefined && { details: [...details] }),
    },
  };
}

function gatewayExample(message: string) {
  return { summary: 'Of the gateway', value: { message } };
}

function jsonContent(
  schema: ZodOpenApiSchemaObject,
  examples: Record<string, { summary: string; value: object }>,
) {
  return { 'application/json': { schema, examples } };
}
