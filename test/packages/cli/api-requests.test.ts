import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { test as base, describe, expect } from 'vitest';
import * as z from 'zod/mini';
import { ApiRequests } from '../../../packages/cli/src/service/api-requests.ts';

type Step = (response: ServerResponse) => void;

const test = base.extend('asking', ({ onTestFinished }) => async (steps: readonly Step[]) => {
  let asked = 0;
  const server = createServer((_, response) => {
    const step = steps[Math.min(asked, steps.length - 1)];
    asked += 1;
    step?.(response);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const pauses: number[] = [];
  const requests = new ApiRequests({
    url: `http://127.0.0.1:${port}`,
    key: 'cua_key_secret',
    waiting: {
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
      },
      deadline: () => new Promise(() => {}),
      random: () => 1,
    },
  });
  const answer = await requests
    .ask({ path: '/there' }, z.object({ right: z.boolean() }))
    .catch((error: unknown) => error);
  return { answer, pauses, asked, sent: requests.sent };
});

const RIGHT = answering(200, '{"right":true}');

describe('a request', () => {
  test('is sent again where it was refused for now, or its answer was lost', async ({ asking }) => {
    const steps = [answering(503, 'busy'), cut, answering(429, '{}', { 'retry-after': '7' }), RIGHT];
    expect(await asking(steps)).toEqual({
      answer: { right: true },
      pauses: [500, 1_000, 7_000],
      asked: 4,
      sent: 4,
    });
  });

  test('is given up in the end', async ({ asking }) => {
    const { answer, asked } = await asking([answering(500, 'no')]);
    expect(answer).toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/does not answer: it says 500$/),
    });
    expect(asked).toBe(6);
  });

  test.for([
    ['what is not this service', answering(200, '<html>'), /is not this service/],
    ['an answer that is another one', answering(200, '{"right":1}'), /not this service, or another version/],
    [
      'a redirection',
      answering(302, '', { location: 'http://127.0.0.1:1/' }),
      /says 302, and is not this service/,
    ],
    [
      'a refusal, without what would work on a terminal',
      answering(
        403,
        JSON.stringify({
          error: { code: 'forbidden', message: 'no\u001b[31m\u202e', status: 403, requestId: 'r' },
        }),
      ),
      /^the service says 403: no\ufffd\[31m\ufffd$/,
    ],
  ] as const)('is refused by %s, and not sent again', async ([, step, words], { asking }) => {
    const { answer, asked } = await asking([step]);
    expect(answer).toMatchObject({ exitCode: 3, message: expect.stringMatching(words) });
    expect(asked).toBe(1);
  });
});

function answering(status: number, text: string, headers: Record<string, string> = {}): Step {
  return (response) => response.writeHead(status, headers).end(text);
}

function cut(response: ServerResponse): void {
  response.destroy();
}
