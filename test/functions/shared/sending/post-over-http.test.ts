import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { NoAnswerError } from '../../../../functions/shared/sending/post.ts';
import { type PostContext, postOverHttp } from '../../../../functions/shared/sending/post-over-http.ts';
import { serverThat } from '../../../support/sending/server.ts';

const REQUEST = { headers: { 'content-type': 'application/json' }, body: '{"ä":1}', timeoutMs: 20_000 };

/** Time does not pass, unless a test says so. */
function posting(context: Partial<PostContext> = {}) {
  const deadline = Promise.withResolvers<void>();
  const asked: number[] = [];
  const post = postOverHttp({
    allowLoopback: true,
    waiting: {
      deadline: (milliseconds) => {
        asked.push(milliseconds);
        return deadline.promise;
      },
    },
    ...context,
  });
  return { post, runOutOfTime: () => deadline.resolve(), asked };
}

test('the exact bytes arrive, and status, headers and text of the answer come back', async () => {
  const seen: unknown[] = [];
  const url = await serverThat(async (request, response) => {
    const body = await text(request);
    seen.push([request.method, request.url, request.headers['content-length'], body]);
    response.writeHead(201, { 'Retry-After': '7', 'Set-Cookie': ['a=1', 'b=2'] }).end('thänks');
  });
  const { post } = posting();
  expect(await post(`${url}/hook?token=x`, REQUEST)).toEqual({
    status: 201,
    headers: expect.objectContaining({ 'retry-after': '7', 'set-cookie': 'a=1, b=2' }),
    body: 'thänks',
  });
  await post(`${url}/bytes`, { ...REQUEST, body: new TextEncoder().encode('bytes') });
  expect(seen).toEqual([
    ['POST', '/hook?token=x', '8', '{"ä":1}'],
    ['POST', '/bytes', '5', 'bytes'],
  ]);
});

test.each([301, 302, 303, 307, 308])(
  'a redirect with %s is an answer, and is not followed',
  async (status) => {
    const paths: (string | undefined)[] = [];
    const url = await serverThat((request, response) => {
      paths.push(request.url);
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const { post } = posting();
    expect((await post(`${url}/hook`, REQUEST)).status).toBe(status);
    expect(paths).toEqual(['/hook']);
  },
);

test('every request has a connection of its own, which ends with it', async () => {
  const connections = new Set<unknown>();
  const asked: (string | undefined)[] = [];
  const url = await serverThat((request, response) => {
    connections.add(request.socket);
    asked.push(request.headers.connection);
    response.end();
  });
  const { post } = posting();
  await post(url, REQUEST);
  await post(url, REQUEST);
  expect(connections.size).toBe(2);
  expect(asked).toEqual(['close', 'close']);
});

test('of an answer without an end its beginning is enough', async () => {
  const url = await serverThat((_request, response) => {
    const more = () => {
      while (response.write('x'.repeat(100_000)));
    };
    response.on('drain', more);
    more();
  });
  const { post } = posting();
  const { status, body } = await post(url, REQUEST);
  expect([status, body.length]).toEqual([200, 1024 * 1024]);
});

test('a receiver that never answers is given up, and its connection ends', async () => {
  const gone = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const url = await serverThat((request) => {
    request.on('close', () => gone.resolve());
    arrived.resolve();
  });
  const { post, runOutOfTime, asked } = posting();
  const answer = post(url, REQUEST);
  await arrived.promise;
  runOutOfTime();
  await expect(answer).rejects.toEqual(new NoAnswerError('it took longer than 20000 ms'));
  expect(asked).toEqual([20_000]);
  await gone.promise;
});

test('a receiver that answers byte by byte has no more time than one that does not answer', async () => {
  const gone = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const url = await serverThat((_request, response) => {
    response.writeHead(200, { 'content-length': '1000000' }).write('x', () => begun.resolve());
    response.on('close', () => gone.resolve());
  });
  const { post, runOutOfTime, asked } = posting();
  const answer = post(url, REQUEST);
  await begun.promise;
  runOutOfTime();
  await expect(answer).rejects.toEqual(new NoAnswerError('it took longer than 20000 ms'));
  // Nothing that arrives begins the time anew.
  expect(asked).toEqual([20_000]);
  await gone.promise;
});

test('a connection that is never made is given up, too: a resolver that does not answer', async () => {
  const { post, runOutOfTime } = posting({ resolve: () => new Promise(() => {}) });
  const answer = post('https://receiver.example/hook', REQUEST);
  runOutOfTime();
  await expect(answer).rejects.toThrow('it took longer than 20000 ms');
});

test('what ends before its end is no answer', async () => {
  const url = await serverThat((request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('x', () => request.socket.destroy());
  });
  await expect(posting().post(url, REQUEST)).rejects.toEqual(new NoAnswerError('ECONNRESET'));
});

test('a name is looked up once, and the connection goes where it was judged', async () => {
  const hosts: (string | undefined)[] = [];
  const url = await serverThat((request, response) => {
    hosts.push(request.headers.host);
    response.end();
  });
  const { port } = new URL(url);
  const names: string[] = [];
  const { post } = posting({
    async resolve(name) {
      names.push(name);
      return [{ address: '127.0.0.1', family: 4 }];
    },
  });
  await post(`http://receiver.example:${port}/`, REQUEST);
  expect(names).toEqual(['receiver.example']);
  expect(hosts).toEqual([`receiver.example:${port}`]);
});

test.each([
  ['this machine', ['127.0.0.1']],
  ['a private network', ['10.0.0.7']],
  ['the metadata of a cloud', ['169.254.169.254']],
  ['a private network, written as IPv6', ['::ffff:10.0.0.7']],
  ['a unique-local address', ['fd00::7']],
  ['a public address and a private one', ['93.184.215.14', '192.168.0.1']],
  ['nothing', []],
])('a name that stands for %s is refused before anything connects', async (_what, addresses) => {
  const { post } = posting({
    allowLoopback: false,
    resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });
  await expect(post('https://receiver.example/hook', REQUEST)).rejects.toEqual(
    new NoAnswerError('its address is not a public one'),
  );
});

test('on a stage nothing goes to this machine, or goes without encryption', async () => {
  let requests = 0;
  const url = await serverThat((_request, response) => {
    requests += 1;
    response.end();
  });
  const { post } = posting({ allowLoopback: false });
  await expect(post(url, REQUEST)).rejects.toThrow(NoAnswerError);
  await expect(post(url.replace('http:', 'https:'), REQUEST)).rejects.toThrow(
    'its address is not a public one',
  );
  await expect(post('http://example.com/', REQUEST)).rejects.toThrow('it has to begin with https://');
  expect(requests).toBe(0);
});

test('what an error says holds no part of the URL', async () => {
  const { post: unresolved } = posting({
    resolve: () => Promise.reject(Object.assign(new Error('getaddrinfo secret-host'), { code: 'ENOTFOUND' })),
  });
  const url = await closedPort();
  const { post } = posting();
  const attempts = [
    unresolved('https://secret-host/secret-path?secret=1', REQUEST),
    unresolved('https://user:secret-word@secret-host/secret-path?secret=1', REQUEST),
    post(`${url}/secret-path?secret=1`, REQUEST),
    post('https://secret-word:secret', REQUEST),
    post(`${url}/secret-path`, { ...REQUEST, headers: { 'x-name': 'secret\n' } }),
  ];
  const problems = (await Promise.allSettled(attempts)).map((settled) =>
    settled.status === 'rejected' ? settled.reason : undefined,
  );
  expect(problems).toEqual([
    new NoAnswerError('ENOTFOUND'),
    new NoAnswerError('it has to hold no user name and no password'),
    new NoAnswerError('ECONNREFUSED'),
    new NoAnswerError('it is not a URL'),
    new NoAnswerError('ERR_INVALID_CHAR'),
  ]);
  for (const problem of problems)
    expect(`${problem.stack} ${JSON.stringify(problem)}`).not.toContain('secret-');
});

async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
  onTestFinished(() => expect(server.listening).toBe(false));
  if (address === null || typeof address === 'string') throw new Error('the server listened on no port');
  return `http://127.0.0.1:${address.port}`;
}
