import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import type { FunctionFolder } from '../../../infra/bundling.ts';
import { judgeRequest, type TableNames } from './judge-request.ts';
import { judge, refuse, resourceOf } from './judgement.ts';

/**
 * A DynamoDB as a function reaches it that runs in a process of its own: it answers what the policy of the function
 * allows, and refuses all else.
 *
 * @param endpoint the DynamoDB behind it
 */
export function startHeldEndpoint(folder: FunctionFolder, endpoint: string, tableNames: TableNames) {
  return heldServer(async (request, response) => {
    const body = await buffer(request);
    const [, operation = ''] = headerOf(request, 'x-amz-target').split('.');
    judgeRequest(folder, operation, JSON.parse(body.toString()), tableNames);
    const headers = PASSED_ON.map((name): [string, string] => [name, headerOf(request, name)]);
    const answered = await fetch(endpoint, { method: 'POST', headers, body });
    response.writeHead(answered.status).end(Buffer.from(await answered.arrayBuffer()));
  });
}

/** A service of AWS on this machine, which refuses what its answering throws at. */
async function heldServer(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(400).end(JSON.stringify({ __type: 'AccessDeniedException', message: `${error}` }));
    });
  });
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

/**
 * A Parameter Store as a function reaches it that runs in a process of its own: it holds all parameters that the policy
 * of the function lets it read, each with its name as its value.
 */
export function startHeldParameters(folder: FunctionFolder) {
  return heldServer(async (request, response) => {
    const { Names: names } = parametersAsked.parse(JSON.parse((await buffer(request)).toString()));
    for (const name of names) {
      const resource = `arn:AWS::Partition:ssm:AWS::Region:AWS::AccountId:parameter${name}`;
      judge(folder, { action: 'ssm:GetParameters', resource, leadingKeys: [] });
    }
    response.end(JSON.stringify({ Parameters: names.map((name) => ({ Name: name, Value: name })) }));
  });
}

const parametersAsked = z.object({ Names: z.array(z.string()), WithDecryption: z.literal(true) });

const BUCKET_ACTIONS: Readonly<Record<string, string>> = { GET: 's3:ListBucket' };
const OBJECT_ACTIONS: Readonly<Record<string, string>> = { GET: 's3:GetObject', DELETE: 's3:DeleteObject' };
