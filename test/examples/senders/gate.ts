import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';

/** What becomes of requests: they are passed on, or refused, or passed on while their answers are lost. */
export type GateMode = 'open' | 'down' | 'answers lost';

/** Stands between a sender and the service, and fails as the way between them may. */
export class Gate {
  mode: GateMode = 'open';
  /** The bodies of the requests of a test, passed on or not. */
  bodies: string[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async before(service: string): Promise<Gate> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the gate listens on no port');
    const gate = new Gate(server, `http://127.0.0.1:${address.port}`);
    server.on('request', async (request, response) => {
      const body = await text(request);
      gate.bodies.push(body);
      if (gate.mode === 'down') return response.writeHead(503).end();
      const { authorization = '', 'content-type': contentType = '' } = request.headers;
      const answer = await fetch(service + request.url, {
        method: request.method ?? 'GET',
        headers: { authorization, 'content-type': contentType },
        body,
      });
      const answered = await answer.text();
      if (gate.mode === 'answers lost') return response.destroy();
      return response.writeHead(answer.status).end(answered);
    });
    return gate;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
