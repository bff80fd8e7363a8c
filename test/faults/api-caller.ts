import { lookUpMessages } from '../../functions/look-up-messages/look-up-messages.ts';
import { manageChannels } from '../../functions/manage-channels/manage-channels.ts';
import { recordMessages } from '../../functions/record-messages/record-messages.ts';
import { SCOPES } from '../../functions/shared/domain/api-key.ts';
import { apiKeyRecordOf } from '../../functions/shared/domain/api-key-text.ts';
import { ROLES } from '../../functions/shared/domain/message.ts';
import { CompressedText } from '../../functions/shared/http/answers.ts';
import type { HttpHandler } from '../../functions/shared/http/http.ts';
import type { HttpFunction } from '../../functions/shared/http/routes.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { usageApi } from '../../functions/usage-api/usage-api.ts';
import { gatewayInvocation } from '../../local/aws/gateway/http-event.ts';
import { keepRequestOutOfLogs } from '../support/logs/log-watch.ts';
import type { Random } from '../support/random.ts';
import { lambdaContext } from '../support/service/lambda-context.ts';

/** A peer of the requests alone: what is recorded of it comes through no stream. */
export const API_PEER = 'api';

const KEY = `cua_faults_${'secretofschedules'.padEnd(32, 'x')}`;
/** No request asks for them. */
const NO_TEXT = new CompressedText('', { 'content-type': 'text/plain' });

interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT';
  target: string;
  json?: object;
}

/** Whoever calls the API: always with the same key, and always the same warm functions. */
export class ApiCaller {
  readonly #handlers: Partial<Record<HttpFunction, HttpHandler>>;
  readonly #clock: Dependencies['clock'];
  #sent = 0;

  constructor(dependencies: Dependencies) {
    this.#clock = dependencies.clock;
    this.#handlers = {
      'record-messages': recordMessages(dependencies),
      'look-up-messages': lookUpMessages(dependencies),
      'manage-channels': manageChannels(dependencies, () => 'https://usage.example.com/'),
      'usage-api': usageApi(dependencies, { openApiDocument: NO_TEXT, referencePage: NO_TEXT }),
    };
  }

  /** Stores the key that every request has. */
  async storeKey(usageTable: Table): Promise<void> {
    const record = apiKeyRecordOf(KEY, { scopes: SCOPES, peers: 'all' }, this.#clock());
    await new ApiKeyStore(usageTable).replace(record);
  }

  /**
   * Sends a request of any kind, some of them with mistakes.
   *
   * @param peers those whose usage may be asked for
   * @returns the status of the answer
   */
  sendAny(random: Random, peers: readonly string[]): Promise<number> {
    this.#sent += 1;
    const of = `/api/v1/peer/${encodeURIComponent(random.pick(peers))}`;
    const own = `/api/v1/peer/${API_PEER}`;
    const message = {
      messageId: `m${random.integer(0, 20)}`,
      conversationId: 'asking',
      channelId: random.pick(['direct', 'another']),
      role: random.pick([...ROLES, 'nobody']),
    };
    return this.#send(
      random.pick<ApiRequest>([
        {
          method: 'POST',
          target: `${own}/messages`,
          json: { messages: [message, { ...message, messageId: 'm' }] },
        },
        { method: 'POST', target: `${own}/messages`, json: { messages: [] } },
        { method: 'GET', target: `${of}/channel-stats` },
        { method: 'GET', target: `${of}/channel-stats?from=yesterday` },
        { method: 'GET', target: `${of}/channel-stats/history?from=2026-11-06&to=2026-11-10` },
        { method: 'GET', target: `${of}/channels` },
        { method: 'PUT', target: `${own}/channels/registered`, json: { channelName: `Name ${this.#sent}` } },
        { method: 'GET', target: `${own}/health-settings` },
        { method: 'PUT', target: `${own}/health-settings`, json: {} },
      ]),
    );
  }

  /** Asks every function for something, and gives the statuses of the answers. */
  async askAll(): Promise<number[]> {
    const message = { messageId: 'last', conversationId: 'asking', channelId: 'direct', role: 'user' };
    const own = `/api/v1/peer/${API_PEER}`;
    return [
      await this.#send({ method: 'POST', target: `${own}/messages`, json: { messages: [message] } }),
      await this.#send({ method: 'GET', target: `${own}/channel-stats` }),
      await this.#send({ method: 'GET', target: `${own}/channels` }),
    ];
  }

  async #send({ method, target, json }: ApiRequest): Promise<number> {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const body = json === undefined ? undefined : JSON.stringify(json);
    keepRequestOutOfLogs(headers, body);
    const invocation = gatewayInvocation(
      {
        method,
        target,
        httpVersion: '1.1',
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
        body: Buffer.from(body ?? ''),
        sourceIp: '192.0.2.1',
      },
      'request',
      this.#clock(),
    );
    const handler = invocation && this.#handlers[invocation.function];
    if (invocation === undefined || handler === undefined) throw new Error(`nothing answers ${target}`);
    const { statusCode } = await handler(invocation.event, lambdaContext());
    if (statusCode === undefined) throw new Error(`${target} has an answer without a status`);
    return statusCode;
  }
}
