import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';

// A service over HTTP that records messages, and fails as it is told to: what clients are tried on.

/** What becomes of one request. */
export type Fault =
  /** It is answered. */
  | 'none'
  /** The connection ends before the request is taken. */
  | 'cut before'
  /** The request is taken; the connection ends without an answer. */
  | 'cut after'
  /** The request is taken; the connection ends within the answer. */
  | 'cut within'
  /** The request is taken, and never answered. */
  | 'slow'
  /** The request is taken; the answer, with the status 200, is a page of HTML. */
  | 'html'
  /** The request is taken; the answer, with the status 200, is JSON that says nothing of it. */
  | 'other json'
  /** The request is taken; the answer, with the status 200, is empty. */
  | 'empty'
  /** The request is not taken; the answer, with the status 200, is one to a request without messages. */
  | 'empty result'
  /** Every second message is taken; the others are said to be unavailable. */
  | 'unavailable'
  /** It is not taken, and answered with this. */
  | { status: number; retryAfter?: string; location?: string };

/** Whether the service has taken what a client may not know of. */
export const TAKES_IN_SECRET: readonly Fault[] = [
  'cut after',
  'cut within',
  'slow',
  'html',
  'other json',
  'empty',
];

const message = z.looseObject({
  messageId: z.string(),
  conversationId: z.string(),
  role: z.string(),
  sentAt: z.string(),
});
const messageList = z.object({ messages: z.array(message) });
/** A message as it was taken. */
export type TakenMessage = z.output<typeof message>;

/** The code of each error that the service itself answers with, by its status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'too_many_channels',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
  500: 'internal_error',
  503: 'service_unavailable',
};

/** What is refused of every request: what else than a user's message is sent in these tests. */
const REFUSED_ROLE = 'bad';

/** A service that fails. */
export class FailingService implements AsyncDisposable {
  /** What becomes of the next requests, one each; all after them are answered. */
  faults: Fault[] = [];
  /** The messages that were taken, in the order in which they first were. */
  readonly taken: TakenMessage[] = [];
  /** Each message that was sent again as another one than before. */
  readonly changed: TakenMessage[] = [];
  /** How many requests came. */
  requests = 0;
  /** Is told of requests that are never answered. */
  onSlow: () => void = () => {};
  readonly #maxBytes: number;
  readonly #server = createServer((request, answer) => {
    void this.#handle(request, answer).catch(() => answer.destroy());
  });

  /** @param maxBytes larger bodies are answered with 413 */
  constructor(maxBytes = 1_048_576) {
    this.#maxBytes = maxBytes;
  }

  /** @returns its address */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it listens nowhere');
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Forgets all that came until now. */
  reset(): void {
    this.faults = [];
    this.taken.length = 0;
    this.changed.length = 0;
    this.requests = 0;
  }

  async #handle(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    this.requests += 1;
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'cut before') return void request.destroy();
    const body = Buffer.concat(await request.toArray());
    if (typeof fault === 'object') return refuse(answer, fault);
    if (body.length > this.#maxBytes) return refuse(answer, { status: 413 });
    if (fault === 'empty result') {
      const result = { received: 0, recorded: 0, duplicates: 0, rejected: [] };
      return void answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
    }
    this.#answer(answer, fault, request.url?.endsWith('/messages') ? this.#result(fault, body) : '{}');
  }

  #answer(answer: ServerResponse, fault: Fault, result: string): void {
    const json = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(result) };
    switch (fault) {
      case 'cut after':
        answer.destroy();
        return;
      case 'cut within':
        answer.writeHead(200, json).write(result.slice(0, 10), () => answer.destroy());
        return;
      case 'slow':
        this.onSlow();
        return;
      case 'html':
        answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to the hotel</html>');
        return;
      case 'other json':
        answer.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        return;
      case 'empty':
        answer.writeHead(200, { 'content-type': 'application/json' }).end();
        return;
      default:
        answer.writeHead(200, json).end(result);
    }
  }

  /** Takes messages as the service does: the first version of each, and what is wrong by itself. */
  #result(fault: Fault, body: Buffer): string {
    const { messages } = messageList.parse(JSON.parse(body.toString()));
    const result = { received: messages.length, recorded: 0, duplicates: 0 };
    const rejected: { index: number; code: string; message: string }[] = [];
    for (const [index, one] of messages.entries()) {
      const known = this.taken.find((taken) => identityOf(taken) === identityOf(one));
      if (one.role === REFUSED_ROLE)
        rejected.push({ index, code: 'invalid_message', message: 'role is bad' });
      else if (fault === 'unavailable' && index % 2 === 1) {
        rejected.push({ index, code: 'unavailable', message: 'not now' });
      } else if (known === undefined) {
        this.taken.push(one);
        result.recorded += 1;
      } else {
        if (JSON.stringify(known) !== JSON.stringify(one)) this.changed.push(one);
        result.duplicates += 1;
      }
    }
    return JSON.stringify({ ...result, rejected });
  }
}

/** What tells a message from all others of its peer. */
export function identityOf({
  conversationId,
  messageId,
}: {
  conversationId: string;
  messageId: string;
}): string {
  return JSON.stringify([conversationId, messageId]);
}

function refuse(answer: ServerResponse, { status, retryAfter, location }: Exclude<Fault, string>): void {
  const code = CODES[status];
  const message = `it is a ${status}`;
  // A gateway before the service has less to say.
  const body =
    code === undefined ? { message } : { error: { code, message, status, requestId: 'request-1' } };
  answer
    .writeHead(status, {
      'content-type': 'application/json',
      ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
      ...(location !== undefined && { location }),
    })
    .end(JSON.stringify(body));
}
