import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { SCOPES } from '../functions/shared/domain/api-key.ts';
import { ROUTES, type Route } from '../functions/shared/http/routes.ts';
import packageDescription from '../package.json' with { type: 'json' };
import { ERROR_RESPONSES, HEADERS } from './errors.ts';
import { OPERATIONS, type OperationDescription, SCOPE_DESCRIPTIONS, TAGS } from './operations.ts';
import { FURTHER_SCHEMAS, PATH_PARAMETERS, SCHEMA_OPTIONS } from './schemas.ts';

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

const DESCRIPTION = `
Exact message and conversation counts per channel of an AI peer. JSON in and out, UTC throughout.

## What is counted

- Only messages with the role \`user\` count. Each counts once, however often it is sent.
- A message belongs to the day (UTC) of its \`sentAt\`. One that arrives late still lands on its own day.
- A conversation counts once for each channel on which it has a counted message, and belongs to the day of the message that made it count. The conversations of a range are therefore those that **started** in it, and the figures of all days add up to the all-time figure.
- A total is always the sum of the channels listed beside it. Channels that are disabled or removed are left out of both, unless \`include\` asks for them.
- A percentage has one decimal, and is 0 where the total is 0. Rounded percentages need not add to 100, and are not adjusted.
- Archiving, editing or deleting a message or a conversation changes no count.

## Errors

Every error that the service answers with has one shape: a \`code\` for programs, a \`message\` for people, the \`status\`, the \`requestId\`, and where a part of the request is wrong, \`details\` that name each one. A parameter must not be given more than once; parameters that are not listed here are ignored.

An answer of more than 6 MB, such as the growth of hundreds of channels over a year, is given only to requests whose \`Accept-Encoding\` allows \`gzip\`.

The gateway in front of the service answers with \`{"message": "…"}\` alone where it does not pass a request on, or gets no answer: 413 above 10 MB, 429, 500 and 503.
`.trim();

const AUTHENTICATION = `
An API key, in the header \`Authorization: Bearer KEY\`. A key reads \`cua_<keyId>_<secret>\`, and carries scopes and the peers that it may touch: some, or all. It may expire. A key that is revoked stops working within 60 seconds.

${SCOPES.map((scope) => `- \`${scope}\`: ${SCOPE_DESCRIPTIONS[scope]}`).join('\n')}
`.trim();

/** Makes the OpenAPI document, from the routes and from the schemas that requests are checked with. */
export function buildDocument(): OpenApiDocument {
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Channel Usage Analytics',
        version: packageDescription.version,
        description: DESCRIPTION,
        license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'The host that answers with this document' }],
      tags: [...TAGS],
      paths: paths(),
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'cua_<keyId>_<secret>',
            description: AUTHENTICATION,
          },
        },
        schemas: FURTHER_SCHEMAS,
        headers: HEADERS,
        responses: ERROR_RESPONSES,
      },
    },
    SCHEMA_OPTIONS,
  );
}

function paths(): ZodOpenApiPathsObject {
  const descriptions = new Map(Object.entries(OPERATIONS));
  const all: ZodOpenApiPathsObject = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const description = descriptions.get(name);
    // Every route of the API has one, by its type. The files of the dashboard are no part of the API.
    if (description === undefined) continue;
    all[route.path] = {
      ...all[route.path],
      [route.method.toLowerCase()]: operation(name, route, description),
    };
  }
  return all;
}

function operation(name: string, route: Route, description: OperationDescription): ZodOpenApiOperationObject {
  const { tag, responses, ...rest } = description;
  const parameters = PATH_PARAMETERS.filter((parameter) => route.path.includes(`{${parameter.name}}`));
  return {
    operationId: name,
    tags: [tag],
    security: route.access === 'public' ? [] : [{ apiKey: [route.scope] }],
    ...rest,
    ...(parameters.length > 0 && { parameters }),
    responses: {
      ...responses,
      ...(route.access !== 'public' && {
        401: response('Unauthenticated'),
        403: response(route.access === 'peer' ? 'PeerForbidden' : 'ScopeForbidden'),
      }),
      404: response('NotFound'),
      405: response('MethodNotAllowed'),
      ...(description.requestBody !== undefined && {
        413: response('PayloadTooLarge'),
        415: response('UnsupportedMediaType'),
      }),
      429: response('TooManyRequests'),
      500: response('InternalError'),
      503: response('ServiceUnavailable'),
    },
  };
}

function response(name: keyof typeof ERROR_RESPONSES): { $ref: string } {
  return { $ref: `#/components/responses/${name}` };
}
