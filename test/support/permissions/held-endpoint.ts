import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { FunctionFolder } from '../../../infra/bundling.ts';
import { judgeRequest, type TableNames } from './judge-request.ts';
import { judge, refuse, resourceOf } from './judgement.ts';

/**
 * A DynamoDB as a function reaches it that runs in a process of its own: it answers what the policy of the function
 * allows, and refuses all else.
 *
 * @param endpoint the DynamoDB behind it
 */
export async function startHeldEndpoint(folder: FunctionFolder, endpoint: string, tableNames: TableNames) {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(400).end(JSON.stringify({ __type: 'AccessDeniedException', message: `${error}` }));
    });
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const [, operation = ''] = headerOf(request, 'x-amz-target').split('.');
    judgeRequest(folder, operation, JSON.parse(body.toString()), tableNames);
    const headers = PASSED_ON.map((name): [string, string] => [name, headerOf(request, name)]);
    const answered = await fetch(endpoint, { method: 'POST', headers, body });
    response.writeHead(answered.status).end(Buffer.from(await answered.arrayBuffer()));
  }
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** What DynamoDB looks at, beside the body. */
const PASSED_ON = ['x-amz-target', 'x-amz-date', 'content-type', 'authorization'];

function headerOf({ headers }: IncomingMessage, name: string): string {
  return String(headers[name]);
}

/**
 * Judges a request of redrive-records to its bucket.
 *
 * @param key the object that it names; nothing where it asks for the list
 * @throws Error where the function may not send it
 */
export function judgeBucketRequest(method: string, key: string): void {
  const folder = 'redrive-records';
  const action = key === '' ? BUCKET_ACTIONS[method] : OBJECT_ACTIONS[method];
  if (action === undefined) refuse(`${folder} sends a ${method} that is not understood to its bucket`);
  const rest = key === '' ? '' : `/${key}`;
  judge(folder, { action, resource: resourceOf(folder, 'FAILED_RECORDS_BUCKET', rest), leadingKeys: [] });
}

const BUCKET_ACTIONS: Readonly<Record<string, string>> = { GET: 's3:ListBucket' };
const OBJECT_ACTIONS: Readonly<Record<string, string>> = { GET: 's3:GetObject', DELETE: 's3:DeleteObject' };
