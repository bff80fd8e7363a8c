import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * An S3 with one bucket named failed, which lists one key a page.
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
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    const [, bucket, ...rest] = decodeURIComponent(pathname).split('/');
    const key = rest.join('/');
    const token = searchParams.get('continuation-token');
    requests.push(`${request.method} ${pathname}${token === null ? '' : ` from ${token}`}`);
    const answer = (status: number, body: string) => response.writeHead(status).end(body);
    const body = objects.get(key);
    if (!isAllowed(request.method ?? '', key)) answer(403, '<Error><Code>AccessDenied</Code></Error>');
    else if (bucket !== 'failed') answer(404, '<Error><Code>NoSuchBucket</Code></Error>');
    else if (key === '') answer(200, page([...objects.keys()], searchParams.get('prefix'), token));
    else if (body === undefined) answer(404, '<Error><Code>NoSuchKey</Code></Error>');
    else if (request.method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
    } else answer(200, body);
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

function page(keys: string[], prefix: string | null, token: string | null): string {
  const [key, ...more] = keys.filter((name) => name.startsWith(prefix ?? '') && name > (token ?? ''));
  const contents = key === undefined ? '' : `<Contents><Key>${key}</Key></Contents>`;
  const next = more.length > 0 ? `<NextContinuationToken>${key}</NextContinuationToken>` : '';
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more.length > 0}</IsTruncated>${contents}${next}</ListBucketResult>`;
}
