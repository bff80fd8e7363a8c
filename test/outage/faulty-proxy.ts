import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Random } from '../support/random.ts';

/** What a database may do to those who call it. */
export const OUTAGES = [
  /** It answers that it is too busy, or unavailable. */
  'refusing',
  /** It refuses what counting writes, and takes what is recorded. */
  'refusing counts',
  /** Nobody listens at its address. */
  'unreachable',
  /** It takes requests, does what they ask for or not, and never answers. */
  'hanging',
  /** It does what requests ask for, and cuts the connection instead of answering. */
  'losing answers',
  /** Each request meets another one of these, or none. */
  'mixed',
] as const;
export type Outage = (typeof OUTAGES)[number];

type Fault = Exclude<Outage, 'unreachable' | 'mixed'>;
const FAULTS_IN_MIXED: readonly (Fault | undefined)[] = [
  'refusing',
  'refusing counts',
  'hanging',
  'losing answers',
  undefined,
  undefined,
  undefined,
];

interface ProxyOptions {
  /** The database behind the proxy. */
  endpoint: string;
  /** The table into which counting writes. */
  usageTable: string;
  random: Random;
  /** By how much records of the stream are made older than they are, where they are. */
  ageingSeconds: number;
}

/** A database's answer, as far as it is passed on. */
interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** A proxy in front of a database, on 127.0.0.1, that can do to its callers what an outage does. */
export class FaultyProxy {
  readonly #options: ProxyOptions;
  readonly #server: Server;
  #outage: Outage | undefined;
  #port = 0;
  /** How likely the records that a read of the stream gives are made older. */
  ageing = 0;
  /** How many requests met each outage. */
  readonly met = new Map<Outage, number>(OUTAGES.map((outage) => [outage, 0]));

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** Begins an outage in the place of what there was, or ends it. */
  async become(outage: Outage | undefined): Promise<void> {
    const wasUnreachable = this.#outage === 'unreachable';
    this.#outage = outage;
    if (outage === 'unreachable' && !wasUnreachable) {
      this.#count('unreachable');
      await this.stop();
    }
    if (outage !== 'unreachable' && wasUnreachable) await this.start();
  }

  /** Cuts every connection, and listens no more. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    const { random } = this.#options;
    const fault = this.#faultOf(operationOf(request), body);
    switch (fault) {
      case 'refusing':
      case 'refusing counts':
        return refuse(response, random);
      case 'hanging':
        if (random.chance(0.5)) await this.#forward(request, body);
        return;
      case 'losing answers':
        await this.#forward(request, body);
        response.destroy();
        return;
      default: {
        const answer = await this.#forward(request, body);
        response.writeHead(answer.status, answer.headers).end(answer.body);
      }
    }
  }

  #faultOf(operation: string, body: Buffer): Fault | undefined {
    const outage = this.#outage;
    if (outage === undefined || outage === 'unreachable') return undefined;
    const fault = outage === 'mixed' ? this.#options.random.pick(FAULTS_IN_MIXED) : outage;
    if (fault === 'refusing counts' && !this.#isCount(operation, body)) return undefined;
    this.#count(outage);
    return fault;
  }

  /** Whether a request changes the usage table. */
  #isCount(operation: string, body: Buffer): boolean {
    const isWrite = ['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems'].includes(operation);
    return isWrite && body.includes(`"TableName":"${this.#options.usageTable}"`);
  }

  #count(outage: Outage): void {
    this.met.set(outage, (this.met.get(outage) ?? 0) + 1);
  }

  async #forward(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { endpoint, random } = this.#options;
    const headers = Object.fromEntries(
      ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'].flatMap((name) => {
        const [value] = request.headersDistinct[name] ?? [];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const answer = await fetch(endpoint, { method: 'POST', headers, body: new Uint8Array(body) });
    const passedOn = {
      status: answer.status,
      headers: { 'content-type': answer.headers.get('content-type') ?? 'application/x-amz-json-1.0' },
      body: Buffer.from(await answer.arrayBuffer()),
    };
    const isAged = operationOf(request) === 'GetRecords' && random.chance(this.ageing);
    return isAged ? { ...passedOn, body: this.#aged(passedOn.body) } : passedOn;
  }

  /** Makes the records of a stream older, as if they had waited for that long. */
  #aged(body: Buffer): Buffer {
    const answer = recordsAnswer.safeParse(JSON.parse(body.toString('utf8')));
    if (!answer.success) return body;
    for (const { dynamodb } of answer.data.Records) {
      dynamodb.ApproximateCreationDateTime -= this.#options.ageingSeconds;
    }
    return Buffer.from(JSON.stringify(answer.data));
  }
}

const recordsAnswer = z.looseObject({
  Records: z.array(z.looseObject({ dynamodb: z.looseObject({ ApproximateCreationDateTime: z.number() }) })),
});

function operationOf(request: IncomingMessage): string {
  const [target = ''] = request.headersDistinct['x-amz-target'] ?? [];
  return target.split('.').at(-1) ?? '';
}

function refuse(response: ServerResponse, random: Random): void {
  const type = random.pick(['ThrottlingException', 'ProvisionedThroughputExceededException', undefined]);
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  const body =
    type === undefined
      ? { __type: 'com.amazonaws.dynamodb.v20120810#ServiceUnavailable', message: 'unavailable' }
      : { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'slow down' };
  response.writeHead(type === undefined ? 503 : 400, headers).end(JSON.stringify(body));
}
