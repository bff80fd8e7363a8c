import * as fc from 'fast-check';
import { expect } from 'vitest';
import * as z from 'zod';
import { manageChannels } from '../../../../functions/manage-channels/manage-channels.ts';
import { comparedRange } from '../../../../functions/shared/domain/compared-range.ts';
import { MAX_UTF8_BYTES } from '../../../../functions/shared/domain/identifier.ts';
import { proofProblem, provenParts } from '../../../../functions/shared/domain/proof.ts';
import { errorAnswer } from '../../../../functions/shared/http/api-errors.ts';
import type { HttpHandler } from '../../../../functions/shared/http/http.ts';
import { type HttpFunction, ROUTES, type Route } from '../../../../functions/shared/http/routes.ts';
import type { Log } from '../../../../functions/shared/runtime/observability.ts';
import { test as fixture } from '../../../support/fixture.ts';
import {
  DOCUMENTED_OPERATIONS,
  type DocumentedOperation,
} from '../../../support/openapi/documented-operations.ts';
import {
  allowedValues,
  type DocumentedSchema,
  parameterText,
  refusedTexts,
  refusedValues,
} from '../../../support/openapi/documented-values.ts';
import { call, type TestRequest } from '../../../support/service/http-events.ts';
import { testDependencies } from '../../../support/service/test-dependencies.ts';
import { DASHBOARD_URL, NOW } from '../../../support/service/test-service.ts';

// Requests made from the OpenAPI document. That each answer is as the document says, `call` checks itself.

const SEED = 20_261_122;
const TODAY = NOW.slice(0, 10);

// There are ten thousand of them. On the embedded DynamoDB others are sent by npm run test:schemathesis.
const test = fixture
  .extend('dependencies', ({ inMemory }) => testDependencies(inMemory, NOW))
  .extend('handlers', ({ service }): Partial<Record<HttpFunction, HttpHandler>> => {
    return {
      'record-messages': service.recordMessages,
      'look-up-messages': service.lookUpMessages,
      'manage-channels': manageChannels({ ...service, log: withoutIds(service.log) }, () => DASHBOARD_URL),
      'usage-api': service.usageApi,
    };
  })
  .extend(
    'requestOf',
    ({ key }) =>
      (operation: DocumentedOperation, given: readonly GivenParameter[]): TestRequest => {
        const inPath = given
          .filter(({ in: place }) => place === 'path')
          .map(({ name, text }) => [name, text]);
        const query = given
          .filter(({ in: place }) => place === 'query')
          .map(({ name, text }) => `${name}=${encodeURIComponent(text)}`)
          .join('&');
        return { route: routeOf(operation), key, query, ...Object.fromEntries(inPath) };
      },
  )
  .extend('handlerOf', ({ handlers }) => (operation: DocumentedOperation): HttpHandler => {
    const handler = handlers[routeOf(operation).function];
    if (handler === undefined) throw new Error(`no function here answers ${operation.operationId}`);
    return handler;
  });

test.beforeEach(async ({ service }) => {
  await service.count([
    { peerId: 'peer_123', conversationId: 'c', messageId: 'm', channelId: 'direct', sentAt: service.clock() },
  ]);
});

/** A log without ids, which may be logged: made as names are, which may not, they equal them by chance. */
function withoutIds(log: Log): Log {
  return {
    ...log,
    info: (message, { peerId, channelId, before, after, ...fields }) => log.info(message, fields),
  };
}

interface GivenParameter {
  name: string;
  in: 'path' | 'query';
  text: string;
}

/** The parameters of an operation, the optional ones sometimes left out. */
function allowedParameters({ parameters }: DocumentedOperation): fc.Arbitrary<GivenParameter[]> {
  const each = parameters.map(({ name, in: place, required, schema }) => {
    const given = allowedValues(schema).map((value) => ({ name, in: place, text: parameterText(value) }));
    return required ? given : fc.option(given, { nil: undefined, freq: 2 });
  });
  return fc.tuple(...each).map((given) => given.filter((parameter) => parameter !== undefined));
}

function routeOf({ method, path }: DocumentedOperation): Route {
  const route = Object.values<Route>(ROUTES).find((found) => found.method === method && found.path === path);
  if (route === undefined) throw new Error(`there is no route for ${method} ${path}`);
  return route;
}

function bodySchemaOf({ requestBody }: DocumentedOperation): DocumentedSchema | undefined {
  return requestBody?.content['application/json']?.schema;
}

/** What the document says in words, because a schema cannot. */
function isRefusedByWords(
  operation: DocumentedOperation,
  given: readonly GivenParameter[],
  json: unknown,
): boolean {
  const { channelName, galleryKey, label } = Object(json);
  const texts = new Map(given.map(({ name, text }) => [name, text]));
  const [from, to] = [texts.get('from'), texts.get('to')];
  const period = texts.get('period') ?? 'all';
  return (
    texts.has('cursor') ||
    (isLookUp(operation) && hasLongIds(json)) ||
    (from !== undefined && to !== undefined && from > to) ||
    (texts.has('compare') && isWithoutDaysBefore(from, to)) ||
    (operation.operationId === 'getHistory' && isTooLong(from, to, texts.get('interval'))) ||
    (operation.operationId === 'getProof' && isTooMuchToProve(from, to)) ||
    (period !== 'all' && period > TODAY.slice(0, 7)) ||
    [
      channelName,
      galleryKey,
      label,
      ...['peerId', 'channelId', 'id', 'prefix', 'search'].map((name) => texts.get(name)),
    ].some((text) => Buffer.byteLength(text ?? '') > MAX_UTF8_BYTES)
  );
}

const soughtIn = z.object({ messages: z.array(z.record(z.string(), z.string())) });

function isLookUp({ operationId }: DocumentedOperation): boolean {
  return operationId === 'lookUpMessages';
}

/** Messages to look up with one hint of when they were sent each: two that do not fit are refused, as words say. */
function withFittingHints(json: unknown) {
  const { messages } = soughtIn.parse(json);
  return {
    messages: messages.map(({ day, ...sought }) =>
      day === undefined || sought['sentAt'] !== undefined ? sought : { ...sought, day },
    ),
  };
}

function hasLongIds(json: unknown): boolean {
  const texts = soughtIn.parse(json).messages.flatMap((sought) => Object.values(sought));
  return texts.some((text) => Buffer.byteLength(text) > MAX_UTF8_BYTES);
}

/** Whether a range cannot be compared: there is none, or too few days are before it. */
function isWithoutDaysBefore(from: string | undefined, to: string | undefined): boolean {
  if (from === undefined) {
    // From the day on that something was counted: today.
    return to === undefined || comparedRange({ from: to < TODAY ? to : TODAY, to }, TODAY) === undefined;
  }
  return from > (to ?? TODAY) || comparedRange({ from, to: to ?? TODAY }, TODAY) === undefined;
}

/** Whether a history has more buckets than an answer, or none. */
function isTooLong(from: string | undefined, to = TODAY, interval = 'day'): boolean {
  if (from === undefined) return false;
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
  // Weeks begin on Mondays: the first one may hold but one day.
  const mondayOffset = (new Date(from).getUTCDay() + 6) % 7;
  const buckets = interval === 'week' ? Math.floor((days + mondayOffset) / 7) + 1 : days + 1;
  return days < 0 || (interval !== 'month' && buckets > 400) || monthsBetween(from, to) > 399;
}

/** Whether a proof has more days, or months, than an answer, or none. */
function isTooMuchToProve(from: string | undefined, to = TODAY): boolean {
  if (from === undefined) return false;
  return from > to || proofProblem(provenParts({ from, to }, TODAY), 0) !== undefined;
}

function monthsBetween(from: string, to: string): number {
  const [a, b] = [new Date(from), new Date(to)];
  return (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
}

const OPERATIONS = DOCUMENTED_OPERATIONS.map((operation) => [operation.operationId, operation] as const);
const WITH_PARAMETERS = OPERATIONS.filter(([, { parameters }]) => parameters.length > 0);
const WITH_BODY = OPERATIONS.filter(([, operation]) => bodySchemaOf(operation) !== undefined);

/** The answers to requests that are right. There is no share link of an id that was made up. */
function answersOf({ operationId }: DocumentedOperation): number[] {
  return operationId === 'revokeShareLink' ? [404] : [200, 201];
}

test.for(OPERATIONS)(
  '%s answers every request that the document allows',
  async ([_name, operation], { requestOf, handlerOf }) => {
    const bodySchema = bodySchemaOf(operation);
    const requests = fc.record({
      given: allowedParameters(operation),
      json:
        bodySchema === undefined
          ? fc.constant(undefined)
          : allowedValues(bodySchema).map((json) => (isLookUp(operation) ? withFittingHints(json) : json)),
    });
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(requests, async ({ given, json }) => {
        const { status } = await call(handlerOf(operation), { ...requestOf(operation, given), json });
        expect(isRefusedByWords(operation, given, json) ? [400] : answersOf(operation)).toContain(status);
        if (status !== 400) answered += 1;
      }),
      { seed: SEED, numRuns: 100 },
    );
    expect(answered).toBeGreaterThan(20);
  },
);

test.for(WITH_PARAMETERS)(
  '%s refuses each parameter that the document does not allow',
  async ([_name, operation], { requestOf, handlerOf }) => {
    const wrong = fc
      .constantFrom(...operation.parameters)
      .chain(({ name, in: place, schema }) =>
        refusedTexts(schema).map((text): GivenParameter => ({ name, in: place, text })),
      );
    await fc.assert(
      fc.asyncProperty(allowedParameters(operation), wrong, async (allowed, refused) => {
        const given = [...allowed.filter(({ name }) => name !== refused.name), refused];
        const { status, body } = await call(handlerOf(operation), {
          ...requestOf(operation, given),
          ...(bodySchemaOf(operation) !== undefined && { json: {} }),
        });
        expect(status).toBe(400);
        expect(errorAnswer.parse(body).error.details?.map(({ path }) => path)).toContain(refused.name);
      }),
      { seed: SEED, numRuns: 150 },
    );
  },
);

test.for(WITH_PARAMETERS)(
  '%s answers or refuses any query at all',
  async ([_name, operation], { key, handlerOf }) => {
    const names = fc.oneof(
      fc.constantFrom(...operation.parameters.map(({ name }) => name)),
      fc.constantFrom('__proto__', 'constructor', '', '%66rom', 'from[]', 'FROM'),
      fc.string({ maxLength: 10 }),
    );
    const parts = fc.oneof(
      fc
        .tuple(names, fc.string({ unit: 'binary', maxLength: 40 }))
        .map(([name, text]) => `${name}=${encodeURIComponent(text)}`),
      fc
        .tuple(names, fc.constantFrom('', '=', '=%', '=%0', '=%zz', '=%C3%28', '=%00', '==', '=&', '=1=2'))
        .map((pair) => pair.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { maxLength: 4 }), async (query) => {
        const { status } = await call(handlerOf(operation), {
          route: routeOf(operation),
          key,
          query: query.join('&'),
          ...(bodySchemaOf(operation) !== undefined && { json: { messages: [{}] } }),
        });
        expect([400, ...answersOf(operation)]).toContain(status);
      }),
      { seed: SEED, numRuns: 100 },
    );
  },
);

test.for(WITH_BODY)(
  '%s answers or refuses any body at all',
  async ([_name, operation], { key, handlerOf }) => {
    const schema = bodySchemaOf(operation) ?? {};
    const bodies = fc.oneof(
      refusedValues(schema).map((value) => ({ body: JSON.stringify(value), isJson: true })),
      fc.string({ unit: 'binary', maxLength: 200 }).map((body) => ({ body, isJson: false })),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => ({
        body: Buffer.from(bytes).toString('base64'),
        isBase64Encoded: true,
        isJson: false,
      })),
    );
    const contentTypes = fc.constantFrom(
      ...['application/json', 'APPLICATION/JSON; charset=utf-8', 'text/plain', '', 'application/jsonl', ';'],
    );
    await fc.assert(
      fc.asyncProperty(bodies, contentTypes, async ({ isJson, ...body }, contentType) => {
        const headers = { 'content-type': contentType };
        const { status, body: answer } = await call(handlerOf(operation), {
          route: routeOf(operation),
          key,
          headers,
          ...body,
        });
        const isTaken =
          contentType.toLowerCase().startsWith('application/json') && contentType !== 'application/jsonl';
        if (!isTaken) expect(status).toBe(415);
        else if (!isJson) expect([200, 201, 400]).toContain(status);
        // A wrong message is rejected by itself; everything around it is wrong for the whole request.
        else expect(status === 400 || Object(answer).rejected.length > 0).toBe(true);
      }),
      { seed: SEED, numRuns: 200 },
    );
  },
);

test.for(OPERATIONS.filter(([, { security }]) => security.length > 0))(
  '%s lets nobody in without a key',
  async ([_name, operation], { key, handlerOf }) => {
    const headers = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ maxLength: 80 }).map((text) => `Bearer ${text}`),
      fc.stringMatching(/^Bearer cua_[A-Za-z0-9]{1,32}_[A-Za-z0-9_-]{22,128}$/),
      fc.nat(key.length - 1).map((place) => `Bearer ${key.slice(0, place)}~${key.slice(place + 1)}`),
    );
    await fc.assert(
      fc.asyncProperty(headers, async (authorization) => {
        const { status } = await call(handlerOf(operation), {
          route: routeOf(operation),
          headers: { authorization },
        });
        expect(status).toBe(401);
      }),
      { seed: SEED, numRuns: 50 },
    );
  },
);

test('whatever else is asked for is not there', async ({ service, key }) => {
  const segments = fc.oneof(
    fc.constantFrom('api', 'v1', 'peer', 'peers', 'messages', 'channel-stats', 'docs', '..', '', '{peerId}'),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const paths = fc.array(segments, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`);
  const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'get');
  await fc.assert(
    fc.asyncProperty(paths, methods, async (path, method) => {
      const { status } = await call(service.usageApi, { path, method, key });
      expect([404, 405]).toContain(status);
    }),
    { seed: SEED, numRuns: 300 },
  );
});
