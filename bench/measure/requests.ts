import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { ApiKeyGrant } from '../../functions/shared/domain/api-key.ts';
import { SCOPES } from '../../functions/shared/domain/api-key.ts';
import { apiKeyRecordOf } from '../../functions/shared/domain/api-key-text.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import { gatewayInvocation } from '../../local/aws/gateway/http-event.ts';

const KEY = `cua_bench_${'secretofbench'.padEnd(32, 'x')}`;
const GRANT: ApiKeyGrant = { scopes: SCOPES, peers: 'all' };

/** Stores the API key with which requests are made. */
export async function storeKey({ client, settings, clock }: Dependencies): Promise<void> {
  const table = { client, tableName: settings.usageTableName };
  await new ApiKeyStore(table).replace(apiKeyRecordOf(KEY, GRANT, clock()));
}

/**
 * A request with the key, as the gateway gives it to its function.
 *
 * @param target path and query, still encoded
 * @param json the body of a POST
 */
export function requestEvent(method: 'GET' | 'POST', target: string, json?: unknown): APIGatewayProxyEventV2 {
  const headers = { authorization: [`Bearer ${KEY}`], 'content-type': ['application/json'] };
  const body = Buffer.from(json === undefined ? '' : JSON.stringify(json));
  const request = { method, target, httpVersion: '1.1', headers, body, sourceIp: '192.0.2.1' };
  const invocation = gatewayInvocation(request, 'request', 0);
  if (invocation === undefined) throw new Error(`${target} is no target of a request`);
  return invocation.event;
}

/** The context of an invocation that has all the time that it needs. */
export const INVOCATION: Context = {
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'function',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:function',
  memoryLimitInMB: '512',
  awsRequestId: 'invocation',
  logGroupName: 'group',
  logStreamName: 'stream',
  getRemainingTimeInMillis: () => 600_000,
  done() {},
  fail() {},
  succeed() {},
};
