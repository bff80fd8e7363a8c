import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import type { ErrorAnswer } from '../../../functions/shared/http/api-errors.ts';
import { malformedPath } from '../../../functions/shared/http/gateway-event.ts';
import type { HttpHandler } from '../../../functions/shared/http/http.ts';
import type { HttpFunction } from '../../../functions/shared/http/routes.ts';
import { errorStack, systemCode } from '../../../functions/shared/runtime/error-text.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';
import { TIME_LIMIT_SECONDS } from '../../../functions/shared/runtime/time-limits.ts';
import { HostError } from '../../support/host-error.ts';
import { gatewayInvocation } from './http-event.ts';
import { isOwnName, type Listening } from './own-name.ts';

/** What the HTTP server works with. */
export interface HttpServerOptions {
  host: string;
  /** 0 lets the system choose one. */
  port: number;
  handlers: Record<HttpFunction, HttpHandler>;
  /** What the host itself answers, as JSON to whoever asks with GET, by path: API Gateway has nothing like it. */
  own?: ReadonlyMap<string, () => unknown>;
  clock: () => EpochMillis;
  log: Log;
  limits?: ConnectionLimits;
}

/** What connections may take, so that slow ones leave room for others. Times are milliseconds. */
export interface ConnectionLimits {
  /** From the beginning of a connection, or of a request, to the end of its headers. */
  headersMs: number;
  /** To the end of its body, the headers included. */
  requestMs: number;
  /** Without a byte in either direction, as where a client does not read its answer. */
  idleMs: number;
  /** How often it is looked for those that have taken too long. */
  lookEveryMs: number;
  /** More than so many at a time are closed at once. */
  connections: number;
}

const LIMITS: ConnectionLimits = {
  headersMs: 10_000,
  requestMs: 60_000,
  // An answer may take half a minute.
  idleMs: 60_000,
  lookEveryMs: 1_000,
  // Systems let a process open 1,024 files or more, and the log and the database have to stay open.
  connections: 900,
};

const MAX_PAYLOAD_BYTES = 10 * 1024 * 1024;
/** How long a client may keep a stop waiting with a request that it does not finish. */
const STOP_WITHIN_MS = 10_000;

/**
 * Serves HTTP as API Gateway does: events of payload format 2.0 go in, structured answers come out.
 *
 * @throws HostError where the address cannot be used
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = new HttpServer(options);
  await server.listen();
  return server;
}

/** The HTTP server that stands in API Gateway's place. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  /** Every open connection, with how many requests on it are under way. */
  readonly #connections = new Map<Socket, { requests: number }>();
  #url = '';
  #listening: Listening;
  #isStopping = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#listening = { host: options.host, address: options.host };
    const { headersMs, requestMs, idleMs, lookEveryMs, connections } = options.limits ?? LIMITS;
    this.#server = createServer(
      { headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: lookEveryMs },
      (request, response) => this.#serve(request, response),
    );
    this.#server.setTimeout(idleMs);
    this.#server.maxConnections = connections;
    this.#server.on('connection', (socket) => {
      this.#connections.set(socket, { requests: 0 });
      socket.once('close', () => this.#connections.delete(socket));
    });
  }

  /** Where it listens, such as `http://127.0.0.1:8787`. */
  get url(): string {
    return this.#url;
  }

  /** @throws HostError where the address cannot be used */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    this.#server.listen(port, host);
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      throw new HostError(listenProblem(systemCode(error), host, port), { cause: error });
    }
    const { address, port: used } = addressOf(this.#server);
    this.#listening = { host, address };
    this.#url = urlOf(host, used);
  }

  /**
   * Takes no further requests; resolves when those under way are answered. Node's own `close` waits for
   * connections that have not sent a request yet, as browsers open them in advance. This one waits for
   * requests alone.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const [socket, { requests }] of this.#connections) if (requests === 0) socket.destroy();
    const timer = setTimeout(() => this.#server.closeAllConnections(), STOP_WITHIN_MS);
    await closed;
    clearTimeout(timer);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.#watch(request.socket, response);
    const isMeant = isOwnName(request.headersDistinct['host'] ?? [], this.#listening);
    (isMeant ? answer(this.#options, request) : misdirected(request))
      .then((result) => send(response, result, request.method))
      .catch((error: unknown) => {
        // The client is gone, or the answer cannot be written as HTTP: there is nobody to tell but the log.
        this.#options.log.warn('a request was not answered', { error: errorStack(error) });
        response.destroy();
      });
  }

  /** Closes a connection when its last request is answered, once the server is to stop. */
  #watch(socket: Socket, response: ServerResponse): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.requests += 1;
    response.once('close', () => {
      connection.requests -= 1;
      if (this.#isStopping && connection.requests === 0) socket.destroySoon();
    });
  }
}

function listenProblem(code: string | undefined, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use; choose another one with --port`;
    case 'EACCES':
      return `port ${port} of ${host} may not be used; choose one from 1024 on with --port`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address of this machine; choose another one with --host`;
    default:
      return `cannot listen on port ${port} of ${host}: ${code ?? 'unknown error'}`;
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address;
}

function urlOf(host: string, port: number): string {
  const isWildcard = host === '0.0.0.0' || host === '::';
  const name = isWildcard ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

async function answer(
  { handlers, own, clock, log }: HttpServerOptions,
  request: IncomingMessage,
): Promise<APIGatewayProxyStructuredResultV2> {
  const requestId = randomUUID();
  const body = await readBody(request);
  if (body === undefined) return gatewayMessage(413, 'Request Entity Too Large');
  const ofHost =
    request.method === 'GET' || request.method === 'HEAD' ? own?.get(request.url ?? '') : undefined;
  if (ofHost !== undefined) return jsonOfHost(ofHost());
  const invocation = gatewayInvocation(
    {
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      httpVersion: request.httpVersion,
      headers: request.headersDistinct,
      body,
      sourceIp: request.socket.remoteAddress ?? '',
    },
    requestId,
    clock(),
  );
  if (invocation === undefined) return malformedPathAnswer(requestId);
  const invocationContext = context(invocation.function, requestId, clock);
  try {
    const result = await handlers[invocation.function](invocation.event, invocationContext);
    return { ...result, headers: { ...result.headers, 'apigw-requestid': requestId } };
  } catch (error) {
    log.error('a function failed', { function: invocation.function, requestId, error: errorStack(error) });
    return gatewayMessage(500, 'Internal Server Error');
  }
}

function jsonOfHost(value: unknown): APIGatewayProxyStructuredResultV2 {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { statusCode: 200, headers, body: `${JSON.stringify(value)}\n` };
}

/** Answers a request that names another machine: a page of that name must not get to read this one. */
async function misdirected(request: IncomingMessage): Promise<APIGatewayProxyStructuredResultV2> {
  await readBody(request);
  return gatewayMessage(421, 'Misdirected Request: use the address that npm start prints, or localhost');
}

/**
 * Reads the whole body; gives nothing where it is too large. It is read to its end even then: an answer
 * before that would be lost in a connection that breaks while the client is still sending.
 */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('a request body must come as bytes');
    length += chunk.length;
    if (length <= MAX_PAYLOAD_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length > MAX_PAYLOAD_BYTES ? undefined : Buffer.concat(chunks);
}

function gatewayMessage(statusCode: number, text: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: text }),
  };
}

/** The one error that no function can answer: there is no path to give to it. */
function malformedPathAnswer(requestId: string): APIGatewayProxyStructuredResultV2 {
  const { status, code, message, details } = malformedPath();
  const body: ErrorAnswer = { error: { code, message, status, requestId, details: [...(details ?? [])] } };
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
    body: JSON.stringify(body),
  };
}

function send(response: ServerResponse, result: APIGatewayProxyStructuredResultV2, method?: string): void {
  const { statusCode = 200, headers = {}, cookies = [], body = '', isBase64Encoded } = result;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  // What has no body says neither of what kind nor how long it is: Node sends none with a HEAD or a 304.
  const bytes = Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8');
  if (statusCode !== 304 && method !== 'HEAD') {
    if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain;charset=UTF-8');
    response.setHeader('content-length', bytes.length);
  }
  response.writeHead(statusCode).end(bytes);
}

function context(functionName: HttpFunction, requestId: string, clock: () => EpochMillis): Context {
  const deadline = clock() + TIME_LIMIT_SECONDS[functionName] * 1000;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '512',
    awsRequestId: requestId,
    logGroupName: functionName,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - clock()),
    done() {},
    fail() {},
    succeed() {},
  };
}
