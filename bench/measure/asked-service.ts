import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { HttpHandler } from '../../functions/shared/http/http.ts';
import type { Settings } from '../../functions/shared/runtime/settings.ts';
import { PassedHeartbeatsStore } from '../../functions/shared/store/passed-heartbeats-store.ts';
import { usageApi } from '../../functions/usage-api/usage-api.ts';
import { builtDocuments } from '../../local/host/built-files.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { intercepted } from '../../test/support/database/intercepted-client.ts';
import type { PlainRead } from '../peers/plain-reader.ts';
import { benchDependencies } from './bench-dependencies.ts';
import { meter, productClient, type Usage } from './clients.ts';
import { INVOCATION, requestEvent, storeKey } from './requests.ts';

/** The function that answers questions, on a clock that stands, and with all heartbeats passed. */
export class AskedService {
  readonly #clients: DynamoDBClient[];
  readonly #answer: HttpHandler;
  /** Answers the same, and has its calls noted. */
  readonly #watchedAnswer: HttpHandler;
  readonly #usage: () => Usage;
  #sent: PlainRead[] = [];

  private constructor(endpoint: string, settings: Settings, now: string) {
    const [client, watchedClient] = [productClient(endpoint), productClient(endpoint)];
    this.#clients = [client, watchedClient];
    this.#answer = usageApi(benchDependencies(client, settings, now), builtDocuments());
    const watched = benchDependencies(watchedClient, settings, now);
    const noting = intercepted(watched.client, async (command, send) => {
      const { name } = command.constructor;
      if (!isRead(command)) throw new Error(`an answer sends a ${name}, which reads nothing`);
      this.#sent.push(command);
      return send();
    });
    this.#watchedAnswer = usageApi({ ...watched, client: noting }, builtDocuments());
    this.#usage = meter(watchedClient);
  }

  /** @param now an instant, at which all heartbeats have passed */
  static async begin({ endpoint }: TestDatabase, settings: Settings, now: string): Promise<AskedService> {
    const client = productClient(endpoint);
    const dependencies = benchDependencies(client, settings, now);
    await storeKey(dependencies);
    const keys = Array.from({ length: dependencies.settings.heartbeats.keys }, (_, key) => key);
    const table = { client: dependencies.client, tableName: settings.usageTableName };
    await new PassedHeartbeatsStore(table).note(new Map(keys.map((key) => [key, dependencies.clock()])));
    client.destroy();
    return new AskedService(endpoint, settings, now);
  }

  /** @returns the bytes of the answer */
  ask(target: string): Promise<number> {
    return asked(this.#answer, target);
  }

  /** What an answer takes of a process that has given it before. */
  async callsOf(target: string): Promise<{ usage: Usage; sent: readonly PlainRead[] }> {
    await asked(this.#watchedAnswer, target);
    const before = this.#usage();
    this.#sent = [];
    await asked(this.#watchedAnswer, target);
    const after = this.#usage();
    const usage: Usage = {
      writeUnits: after.writeUnits - before.writeUnits,
      readUnits: after.readUnits - before.readUnits,
      calls: after.calls - before.calls,
      sentBytes: after.sentBytes - before.sentBytes,
      receivedBytes: after.receivedBytes - before.receivedBytes,
    };
    return { usage, sent: this.#sent };
  }

  end(): void {
    for (const client of this.#clients) client.destroy();
  }
}

async function asked(answer: HttpHandler, target: string): Promise<number> {
  const { statusCode, body = '' } = await answer(requestEvent('GET', target), INVOCATION);
  if (statusCode !== 200) throw new Error(`${target} was answered with ${statusCode}: ${body}`);
  return Buffer.byteLength(body);
}

function isRead(command: object): command is PlainRead {
  return (
    command instanceof QueryCommand || command instanceof GetCommand || command instanceof BatchGetCommand
  );
}
