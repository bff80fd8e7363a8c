import { createDocument, createSchema, type ZodOpenApiPathsObject } from 'zod-openapi';
import { LOOKUP_OPERATIONS } from '../functions/look-up-messages/operations.ts';
import { CHANNEL_OPERATIONS } from '../functions/manage-channels/operations.ts';
import { MESSAGE_OPERATIONS } from '../functions/record-messages/operations.ts';
import { SCOPES, type Scope } from '../functions/shared/domain/api-key.ts';
import { messageFields } from '../functions/shared/domain/message.ts';
import { soughtMessage } from '../functions/shared/domain/sought-message.ts';
import type { OperationDescription, Tag } from '../functions/shared/http/operation.ts';
import { type ApiFunction, ROUTES, type Route, type RouteName } from '../functions/shared/http/routes.ts';
import { USAGE_OPERATIONS } from '../functions/usage-api/operations.ts';
import packageDescription from '../package.json' with { type: 'json' };
import { ANY_ERROR_SCHEMA, ERROR_RESPONSES, HEADERS, NOT_MODIFIED } from './errors.ts';
import { describeOperation, SCHEMA_OPTIONS } from './operation.ts';

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

Every error that the service answers with has one shape: a \`code\` for programs, a \`message\` for people, the \`status\`, the \`requestId\`, and where a part of the request is wrong, \`details\` that name each one.

A query parameter that an operation does not list here is refused with a 400 that names it, and the one that was likely meant: a misspelt filter must not answer a different question. A list takes its values separated by commas, repeated (\`include=percentage&include=activity\`) or in brackets (\`include[]=percentage\`); any other parameter must not be given more than once.

## What may be added

Within \`v1\`, later versions may add fields to answers, kinds of findings, and values to texts that name theirs in \`x-extensible-enum\`: those are the values so far. Take what you do not know as you take what is of no interest to you. What is an \`enum\` gets no other values.

## Requests and answers

A body is at most 1 MB, also once it is decompressed: \`Content-Encoding: gzip\` is taken, and other encodings are a 415. \`HEAD\` works wherever \`GET\` does, and has the same headers without a body.

Answers are compressed for clients whose \`Accept-Encoding\` allows \`gzip\`. Those to \`GET\` carry an \`ETag\`: sent back as \`If-None-Match\`, it is answered with a 304 without a body as long as nothing has changed but \`asOf\`, \`lagSeconds\` and \`countedThrough\`, which say when an answer was made. Browsers and most HTTP libraries with a cache do so by themselves.

An answer of more than 6 MB, such as the growth of hundreds of channels over a year, is given only to requests whose \`Accept-Encoding\` allows \`gzip\`.

The gateway in front of the service answers with \`{"message": "…"}\` alone where it does not pass a request on, or gets no answer: 413 above 10 MB, 429, 500 and 503.
`.trim();

/** The groups of operations, and what they are for. */
const TAGS: Record<Tag, string> = {
  Statistics: 'How much the channels of a peer were used.',
  Proof: 'That the figures are right: digests that whoever has the ids of the messages can compute as well.',
  Messages: 'Telling the service of messages, so that it counts them, and asking what became of them.',
  Channels: 'Which channels a peer has, and what is said of them.',
  Sharing:
    'Letting others see the figures of one peer: by a link that is read-only and ends, or by tokens for pages of your own.',
  Peers: 'Which peers there are.',
  Keys: 'What API keys may do.',
  Documentation: 'This description of the API. It needs no API key.',
};

/** The scopes of API keys, and what they are for. */
const SCOPE_WORDS: Record<Scope, string> = {
  'stats:read': 'reading statistics and the list of peers',
  'messages:write': 'recording messages',
  'messages:read': 'looking up messages',
  'channels:write': 'changing channels and health settings',
  'shares:write': 'making and revoking share links, and making embed tokens',
  'proof:read': 'the key and the fingerprints by which figures are proven',
};

const AUTHENTICATION = `
An API key, in the header \`Authorization: Bearer KEY\`. A key reads \`cua_<keyId>_<secret>\`, and carries scopes and the peers that it may touch: some, or all. It may expire. A key that is revoked stops working within 60 seconds. An embed token, \`cue_…\`, stands in the same place: it has the scope \`stats:read\` for one peer, and ends after minutes.

${SCOPES.map((scope) => `- \`${scope}\`: ${SCOPE_WORDS[scope]}`).join('\n')}
`.trim();

/** Every operation of the API, by the name of its route. */
const OPERATIONS: Record<RouteName<ApiFunction>, { description: OperationDescription }> = {
  ...MESSAGE_OPERATIONS,
  ...LOOKUP_OPERATIONS,
  ...CHANNEL_OPERATIONS,
  ...USAGE_OPERATIONS,
};

/** Makes the OpenAPI document, from the routes and from the operations of the functions. */
export function buildDocument(): OpenApiDocument {
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Channel Usage Analytics',
        version: packageDescription.version,
        description: DESCRIPTION,
        contact: { name: 'Whoever runs the service' },
        license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
      },
      // From the address of the document, below whatever path the service is.
      servers: [{ url: '../..', description: 'The host that answers with this document' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
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
        schemas: {
          AnyErrorAnswer: ANY_ERROR_SCHEMA,
          // No schema holds it: the messages of a request are checked one by one.
          Message: createSchema(messageFields(), { io: 'input', opts: SCHEMA_OPTIONS }).schema,
          // Nor this: first it is checked how many there are.
          MessageToLookUp: createSchema(soughtMessage, { io: 'input', opts: SCHEMA_OPTIONS }).schema,
          GatewayMessage: {
            type: 'object',
            description: 'What the gateway in front of the service answers with where the service does not.',
            properties: { message: { type: 'string', description: 'What went wrong, for people.' } },
            required: ['message'],
            additionalProperties: false,
          },
        },
        headers: HEADERS,
        responses: { NotModified: NOT_MODIFIED, ...ERROR_RESPONSES },
      },
    },
    SCHEMA_OPTIONS,
  );
}

/** The operations of the API. The files of the dashboard are no part of it. */
function paths(): ZodOpenApiPathsObject {
  const operations = new Map(Object.entries(OPERATIONS));
  const all: ZodOpenApiPathsObject = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const operation = operations.get(name);
    if (operation === undefined) continue;
    all[route.path] = {
      ...all[route.path],
      [route.method.toLowerCase()]: describeOperation(name, route, operation.description),
    };
  }
  return all;
}
