import { describe, expect } from 'vitest';
import type { Screen } from '../../../packages/cli/src/cli-context.ts';
import { conversation, PEER, test } from './cli-fixture.ts';

// Figures that are drawn again as they change, on a clock that does not run.

const SLACK = { channelId: 'integration_1', channelName: 'Slack', galleryKey: 'slack' };
const TERMINAL: Screen = { isTerminal: true, width: 60, height: 12, hasColors: false };

/** What happens in the pauses between two questions; after the last one Ctrl-C is pressed. */
function between(steps: readonly (() => unknown)[]) {
  const stop = new AbortController();
  const pauses: number[] = [];
  let step = 0;
  return {
    pauses,
    interruption: () => stop.signal,
    waiting: {
      pause: async () => {},
      // The time-out of a request is one too; none runs out here.
      deadline: async (milliseconds: number, over: AbortSignal) => {
        if (over !== stop.signal) return new Promise<void>(() => {});
        // Before a request is sent again.
        if (milliseconds === 0) return;
        pauses.push(milliseconds);
        await steps[step]?.();
        step += 1;
        if (step > steps.length) stop.abort();
      },
      random: () => 0,
    },
  };
}

describe('figures that are watched', () => {
  test('are a line of JSON each where they are piped, when they change', async ({ cli, service }) => {
    const sent: (string | null)[] = [];
    const statuses: number[] = [];
    const watchedFetch: typeof fetch = async (input, init) => {
      const request = new Request(input, init);
      sent.push(request.headers.get('if-none-match'));
      const response = await fetch(request);
      statuses.push(response.status);
      return response;
    };
    const more = (day: string) => () => service.count(conversation(SLACK, day, 2));
    const { pauses, ...effects } = between([() => {}, more('2026-11-21'), () => {}, more('2026-11-22')]);
    const { exitCode, stdout, stderr } = await cli(['stats', PEER, '--watch', '--json'], {
      ...effects,
      fetch: watchedFetch,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const totals = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).total.messageCount);
    expect(totals).toEqual([0, 2, 4]);
    // What has not changed is not sent again.
    expect(statuses).toEqual([200, 304, 200, 304, 200]);
    expect(sent.slice(1).every((etag) => etag !== null)).toBe(true);
    expect(new Set(pauses)).toEqual(new Set([5_000]));
  });

  test('are drawn in their place on a terminal, which is as before in the end', async ({ cli, service }) => {
    const effects = between([() => service.count(conversation(SLACK, '2026-11-22', 2))]);
    const { exitCode, stdout } = await cli(['stats', PEER, '--watch'], {
      ...effects,
      screen: () => TERMINAL,
    });
    expect(exitCode).toBe(0);
    expect(stdout.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    const [drawn = '', left = ''] = stdout.split('\u001b[?25h\u001b[?1049l');
    const draws = drawn.split('\u001b[H').slice(1);
    expect(draws.map((text) => /(\d+) messages/.exec(text)?.[1])).toEqual(['0', '2']);
    expect(draws[1]).toContain('Live, last change at 10:00:00 UTC. Ctrl-C ends.');
    // It never scrolls.
    expect(draws.every((text) => text.split('\n').length < TERMINAL.height)).toBe(true);
    // What was seen last stays, whole.
    expect(left).toMatch(/^┌─+┐\n│ Channel Usage +2 messages │\n/);
    expect(left).toMatch(/└─+┘\nComplete up to 10:00:00 UTC\n$/);
  });

  test('stay while the service is away, and say so', async ({ cli, service }) => {
    await service.count(conversation(SLACK, '2026-11-22', 2));
    let isAway = false;
    const send: typeof fetch = async (input, init) => {
      if (isAway) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      return fetch(input, init);
    };
    const { pauses, ...effects } = between([
      () => {
        isAway = true;
      },
      () => {},
      () => {
        isAway = false;
      },
    ]);
    const { exitCode, stdout } = await cli(['stats', PEER, '--watch'], {
      ...{ ...effects, fetch: send },
      screen: () => ({ ...TERMINAL, width: 100, height: 30 }),
    });
    expect(exitCode).toBe(0);
    const draws = stdout.split('\u001b[H').slice(1);
    expect(draws.map((text) => text.includes('2 messages'))).toEqual(Array.from({ length: 6 }, () => true));
    expect(draws.map((text) => /ECONNREFUSED; trying again \((\d) of 3\)/.exec(text)?.[1] ?? '')).toEqual([
      ...['', '2', '3', '', '', ''],
    ]);
    expect(draws.map((text) => /! Not reached since 10:00:00 UTC, asked again in \d+ s/.test(text))).toEqual([
      ...[false, false, false, true, true, false],
    ]);
    expect(pauses).toEqual([5_000, 5_000, 10_000, 5_000]);
  });

  test('end with the reason where the service refuses it, and leave the terminal as it was', async ({
    cli,
  }) => {
    const run = await cli(['stats', PEER, '--watch'], {
      environment: { CHANNEL_USAGE_API_KEY: `cua_nobody_${'x'.repeat(32)}` },
      screen: () => TERMINAL,
    });
    expect(run).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/says 401/) });
    expect(run.stdout.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  });
});
