import * as z from 'zod/mini';
import {
  type CreateDocumentOptions,
  createSchema,
  type ZodOpenApiContentObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { OperationDescription, Prose } from '../functions/shared/http/operation.ts';
import { peerPath } from '../functions/shared/http/parameters.ts';
import type { Route } from '../functions/shared/http/routes.ts';
import {
  ANSWER_HEADERS,
  DOWNLOAD_HEADER,
  type ERROR_RESPONSES,
  invalidRequest,
  KEPT_ANSWER_HEADERS,
  REQUEST_ID_HEADER,
} from './errors.ts';

/** How schemas become part of the document, beside what is said of each. */
export const SCHEMA_OPTIONS: CreateDocumentOptions = {
  override: ({ jsonSchema }) => {
    // The format says it all; zod's own expressions for it fill five lines.
    if (jsonSchema.format === 'date' || jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    // That a number can be held exactly is no limit that anyone could meet.
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  },
};

const BROKEN_QUERY = { path: 'query', message: 'the query string must be percent-encoded UTF-8' };

/** An operation, as the document has it: what its file says of it, and what follows from its route. */
export function describeOperation(
  name: string,
  route: Route,
  operation: OperationDescription,
): ZodOpenApiOperationObject {
  const { tag, summary, description, query, body } = operation;
  const parameters = pathParameters(route, operation);
  return {
    operationId: name,
    tags: [tag],
    // OpenAPI 3.1 has a place for scopes here, which tools know of OAuth alone.
    security: route.access === 'public' ? [] : [{ apiKey: [] }],
    summary,
    description: `${text(description)}\n\n${accessWords(route)}`,
    ...(query !== undefined && { requestParams: { query } }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: {
        description: body.description,
        required: true,
        content: { 'application/json': { schema: body.schema, examples: body.examples } },
      },
    }),
    responses: { ...ownResponses(route, operation), ...routeResponses(route, operation) },
  };
}

/** The parameters of a path, in its order: of the peer, which every operation with one has, and its own. */
function pathParameters(
  route: Route,
  { path }: OperationDescription,
): NonNullable<ZodOpenApiOperationObject['parameters']> {
  const known: Readonly<Record<string, z.core.$ZodType>> = { ...peerPath.shape, ...path?.shape };
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return names.map((name) => {
    const schema = known[name];
    if (schema === undefined) throw new Error(`${route.path}: the parameter ${name} is not described`);
    const { description = '', example } = z.globalRegistry.get(schema)?.param ?? {};
    return {
      name,
      in: 'path',
      required: true,
      description,
      schema: createSchema(schema, { io: 'input', opts: SCHEMA_OPTIONS }).schema,
      example,
    };
  });
}

/** The answers that the operation itself names. */
function ownResponses(route: Route, operation: OperationDescription): ZodOpenApiResponsesObject {
  const { answer, created, badRequest = BROKEN_QUERY, errors = {} } = operation;
  const headers = {
    ...REQUEST_ID_HEADER,
    ...(route.method === 'GET' ? KEPT_ANSWER_HEADERS : ANSWER_HEADERS),
    ...(answer.isDownload && DOWNLOAD_HEADER),
  };
  const content = contentOf(answer);
  return {
    [answer.status ?? 200]:
      answer.status === 204
        ? { description: answer.description, headers: REQUEST_ID_HEADER }
        : { description: answer.description, headers, content },
    ...(created !== undefined && { 201: { description: created, headers, content } }),
    400: invalidRequest(badRequest),
    ...Object.fromEntries(Object.entries(errors).map(([status, name]) => [status, reference(name)])),
  };
}

function contentOf({ schema, examples, text }: OperationDescription['answer']): ZodOpenApiContentObject {
  return {
    ...(schema !== undefined && { 'application/json': { schema, ...(examples && { examples }) } }),
    ...(text !== undefined && {
      [text.mediaType]: { schema: { type: 'string' }, ...(text.examples && { examples: text.examples }) },
    }),
  };
}

/** The answers that follow from who may call the operation, and from what it takes. */
function routeResponses(route: Route, { body }: OperationDescription): ZodOpenApiResponsesObject {
  return {
    ...(route.method === 'GET' && { 304: reference('NotModified') }),
    ...(route.access !== 'public' && {
      401: reference('Unauthenticated'),
      ...(route.scope !== 'any' && {
        403: reference(route.access === 'peer' ? 'PeerForbidden' : 'ScopeForbidden'),
      }),
    }),
    404: reference('NotFound'),
    405: reference('MethodNotAllowed'),
    ...(body !== undefined && {
      413: reference('PayloadTooLarge'),
      415: reference('UnsupportedMediaType'),
    }),
    429: reference('TooManyRequests'),
    500: reference('InternalError'),
    503: reference('ServiceUnavailable'),
  };
}

function reference(name: keyof typeof ERROR_RESPONSES | 'NotModified'): { $ref: string } {
  return { $ref: `#/components/responses/${name}` };
}

/** Who may call an operation. */
function accessWords(route: Route): string {
  if (route.access === 'public') return 'Needs no API key.';
  if (route.scope === 'any') return 'Needs an API key, whatever its scopes.';
  const peer = route.access === 'peer' ? ' for this peer' : '';
  return `Needs an API key${peer} with the scope \`${route.scope}\`.`;
}

function text(prose: Prose): string {
  return typeof prose === 'string' ? prose : prose.join('\n');
}
