import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ApiKeyRecord } from '../domain/api-key.ts';
import { Moved } from './answers.ts';
import {
  type ApiError,
  ForbiddenError,
  MethodNotAllowedError,
  NotFoundError,
  TooManyRequestsError,
  UnauthenticatedError,
} from './api-errors.ts';
import type { Authentication, Authenticator } from './authentication.ts';
import type { Answering, Exchange } from './exchange.ts';
import type { KeyLimit } from './key-limit.ts';
import type { Callers, Operation } from './operation.ts';
import { peerPath } from './parameters.ts';
import { parseRequest } from './request-parsing.ts';
import { FALLBACK_FUNCTION, methodsAt, methodsOf, ROUTES, type Route, routeKey } from './routes.ts';

/** An operation, whoever may call it. */
export type AnyOperation<Context> = { [Access in keyof Callers]: Operation<Access, Context> }[keyof Callers];

/** A caller who was let in. */
type Identified = Extract<Authentication, { key: ApiKeyRecord }>;

/** A route with what answers its requests. */
interface Entry<Context> {
  route: Route;
  operation: AnyOperation<Context>;
}

/** Finds the operation that a request is for, and lets through whoever may call it. */
export class Admission<Context> {
  readonly #authenticator: Authenticator;
  readonly #limit: KeyLimit | undefined;
  readonly #entries: ReadonlyMap<string, Entry<Context>>;
  readonly #context: Context;

  /**
   * @param limit what one key may ask, where that is limited
   * @param operations by the names of their routes
   * @param context what they work with
   */
  constructor(
    authenticator: Authenticator,
    limit: KeyLimit | undefined,
    operations: Readonly<Record<string, AnyOperation<Context>>>,
    context: Context,
  ) {
    this.#authenticator = authenticator;
    this.#limit = limit;
    this.#entries = entriesOf(operations);
    this.#context = context;
  }

  /**
   * What answers a request, where its caller may send it.
   *
   * @param exchange gets what becomes known of the caller
   * @throws ApiError where the request is for no operation, or its caller may not send it
   */
  async admit(exchange: Exchange): Promise<Answering> {
    const { event } = exchange;
    const entry = this.#entries.get(event.routeKey);
    if (entry === undefined) {
      const moved = this.#withoutSlash(event);
      if (moved === undefined) throw unmatched(event);
      return async () => moved;
    }
    const { route, operation } = entry;
    const context = this.#context;
    if (operation.access === 'public') {
      return (request) => operation.answer({ ...request, caller: {} }, context);
    }
    const { key, allowance = key.keyId } = await this.#identify(exchange);
    const afterMs = this.#limit?.take(allowance) ?? 0;
    if (afterMs > 0) throw new TooManyRequestsError(afterMs);
    // A route without a scope has a public operation; should they ever differ, nobody is let in.
    const scope = route.access === 'public' ? undefined : route.scope;
    if (scope === undefined || (scope !== 'any' && !key.scopes.includes(scope))) {
      throw new ForbiddenError(`the API key does not have the scope ${scope}`);
    }
    if (operation.access === 'key') {
      return (request) => operation.answer({ ...request, caller: { key } }, context);
    }
    const peerId = allowedPeer(event, key);
    return (request) => operation.answer({ ...request, caller: { key, peerId } }, context);
  }

  /**
   * Where to find what everyone may read, asked for with a slash too much at the end, such as `/docs/`: people write
   * that by hand, and what the page links is found from its own address alone. An HTTP API takes such a request to
   * the fallback, and so to that function's operations; a REST API to the function of the route, which answers alike.
   */
  #withoutSlash({ rawPath, rawQueryString, requestContext }: APIGatewayProxyEventV2): Moved | undefined {
    if (!rawPath.endsWith('/')) return undefined;
    const path = rawPath.slice(0, -1);
    const route = this.#entries.get(`${requestContext.http.method} ${path}`)?.route;
    const isMoved = route?.access === 'public' && route.function === FALLBACK_FUNCTION;
    if (!isMoved) return undefined;
    const query = rawQueryString === '' ? '' : `?${rawQueryString}`;
    return new Moved(`../${path.slice(path.lastIndexOf('/') + 1)}${query}`);
  }

  async #identify(exchange: Exchange): Promise<Identified> {
    const result = await this.#authenticator.authenticate(exchange.event.headers['authorization']);
    if ('key' in result) {
      exchange.keyId = result.key.keyId;
      return result;
    }
    exchange.refusal = result.refusal;
    if (result.keyId !== undefined) exchange.keyId = result.keyId;
    throw new UnauthenticatedError(
      result.refusal === 'missing'
        ? 'an API key is needed, in the header Authorization: Bearer KEY'
        : 'the API key is not valid: it is malformed or unknown, has expired or was revoked',
    );
  }
}

function entriesOf<Context>(
  operations: Readonly<Record<string, AnyOperation<Context>>>,
): Map<string, Entry<Context>> {
  const entries = new Map<string, Entry<Context>>();
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const operation = operations[name];
    if (operation === undefined) continue;
    for (const method of methodsOf(route)) {
      entries.set(routeKey({ method, path: route.path }), { route, operation });
    }
  }
  return entries;
}

function allowedPeer(event: APIGatewayProxyEventV2, key: ApiKeyRecord): string {
  const { peerId } = parseRequest(peerPath, { peerId: event.pathParameters?.['peerId'] ?? '' }, 'path');
  if (key.peers !== 'all' && !key.peers.includes(peerId)) {
    throw new ForbiddenError('the API key does not allow access to this peer');
  }
  return peerId;
}

function unmatched(event: APIGatewayProxyEventV2): ApiError {
  const methods = methodsAt(event.rawPath);
  const isKnown =
    methods.length > 0 && !methods.some((method) => method === event.requestContext.http.method);
  return isKnown ? new MethodNotAllowedError(methods) : new NotFoundError();
}
