import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { afterAll } from 'vitest';

const servers: Server[] = [];

afterAll(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
});

/** A service that is reached by way of a proxy. */
export interface Proxied {
  origin: string;
  /** What was asked of the proxy, and is not below the prefix. */
  strayed: string[];
}

/**
 * Puts a service below a path, as a REST API does with its stage: whatever is not below it does not exist.
 *
 * @param url where the service is, without a slash at its end
 * @param prefix such as `/some/prefix`
 */
export async function startPrefixProxy(url: string, prefix: string): Promise<Proxied> {
  const strayed: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const target = incoming.url ?? '/';
    if (!target.startsWith(`${prefix}/`)) {
      strayed.push(target);
      outgoing.writeHead(404).end();
      return;
    }
    const { method, headers } = incoming;
    const forwarded = request(`${url}${target.slice(prefix.length)}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port');
  return { origin: `http://127.0.0.1:${address.port}`, strayed };
}
