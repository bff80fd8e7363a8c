import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/**
 * An S3 with one bucket named failed, which lists one key a page, and replaces an object only as it was read.
 *
 * @param judge throws where a request is to be refused; without a key it asks for the list
 */
export async function startS3(
  objects: Map<string, string>,
  judge: (method: string, key: string) => void = () => {},
) {
  const isAllowed = (method: string, key: string) => {
    try {
      judge(method, key);
      return true;
    } catch {
      return false;
    }
  };
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    const [, bucket, ...rest] = decodeURIComponent(pathname).split('/');
    const key = rest.join('/');
    const token = searchParams.get('continuation-token');
    requests.push(`${request.method} ${pathname}${token === null ? '' : ` from ${token}`}`);
    const answer = (status: number, body: string) => response.writeHead(status).end(body);
    const sent = await textOf(request);
    const isLet = isAllowed(request.method ?? '', key);
    const body = objects.get(key);
    if (!isLet) answer(403, '<Error><Code>AccessDenied</Code></Error>');
    else if (bucket !== 'failed') answer(404, '<Error><Code>NoSuchBucket</Code></Error>');
    else if (key === '') answer(200, page([...objects.keys()], searchParams.get('prefix'), token));
    else if (body === undefined) answer(404, '<Error><Code>NoSuchKey</Code></Error>');
    else if (request.method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
    } else if (request.method === 'PUT') {
      const isAsRead = request.headers['if-match'] === etagOf(body);
      if (isAsRead) objects.set(key, sent);
      answer(isAsRead ? 200 : 412, isAsRead ? '' : '<Error><Code>PreconditionFailed</Code></Error>');
    } else response.writeHead(200, { etag: etagOf(body) }).end(body);
  });
  await once(server.listen(0, 'localhost'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    // A name and not a number: the client would address the bucket as a name in front of it.
    url: `http://localhost:${port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

function etagOf(body: string): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  // What the client's checksums come in is no part of the object.
  return /^aws-chunked/.test(request.headers['content-encoding'] ?? '')
    ? text.replace(/^[0-9a-f]+\r\n/, '').replace(/\r\n0\r\n[\s\S]*$/, '')
    : text;
}

function page(keys: string[], prefix: string | null, token: string | null): string {
  const [key, ...more] = keys.filter((name) => name.startsWith(prefix ?? '') && name > (token ?? ''));
  const contents = key === undefined ? '' : `<Contents><Key>${key}</Key></Contents>`;
  const next = more.length > 0 ? `<NextContinuationToken>${key}</NextContinuationToken>` : '';
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more.length > 0}</IsTruncated>${contents}${next}</ListBucketResult>`;
}
