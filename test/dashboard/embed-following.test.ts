import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../dashboard/embed/ask-for-usage.ts';
import { followAnswers, retryAfter } from '../../dashboard/embed/follow-answers.ts';

const FIGURES: Outcome = { usage: { channels: [], total: { conversationCount: 0, messageCount: 0 } } };
const FAILURE: Outcome = { problem: 'unreachable' };

/** Follows a proxy that gives some answers, up to the pause after the last one. Gives what happened. */
async function follow(answers: readonly Outcome[], { firstAfter = 0, random = 0 } = {}): Promise<unknown[]> {
  const events: unknown[] = [];
  const end = new AbortController();
  const left = [...answers];
  await followAnswers(
    {
      ask: async () => {
        events.push('ask');
        return left.shift() ?? FAILURE;
      },
      show: (outcome) => events.push(outcome === FIGURES ? 'figures' : 'failure'),
      pause: async (milliseconds) => {
        events.push(milliseconds);
        if (left.length === 0) end.abort();
      },
      random: () => random,
      refreshMs: 5_000,
      firstAfter,
    },
    end.signal,
  );
  return events;
}

describe('following figures', () => {
  test('asks every five seconds', async () => {
    expect(await follow([FIGURES, FIGURES])).toEqual([0, 'ask', 'figures', 5_000, 'ask', 'figures', 5_000]);
  });

  test('begins when it is told to', async () => {
    expect(await follow([FIGURES], { firstAfter: 1_500 })).toEqual([1_500, 'ask', 'figures', 5_000]);
  });

  test('asks less and less often while it fails, and as before when there are figures again', async () => {
    const answers = [FAILURE, FAILURE, FAILURE, FAILURE, FIGURES, FAILURE];
    const pauses = (await follow(answers)).filter((event) => typeof event === 'number');
    expect(pauses).toEqual([0, 5_000, 10_000, 15_000, 15_000, 5_000, 5_000]);
  });

  test('spreads what is asked again', () => {
    expect([1, 2, 3, 50].map((failures) => retryAfter(5_000, failures, 0.999_999))).toEqual(
      [10_000, 20_000, 30_000, 30_000].map((most) => expect.closeTo(most, -1)),
    );
  });

  test('never asks sooner after a failure than after an answer', () => {
    expect([1, 2, 50].map((failures) => retryAfter(30_000, failures, 0))).toEqual([30_000, 30_000, 30_000]);
  });

  test('does not ask when it was ended before', async () => {
    expect(await follow([])).toEqual([0]);
  });

  test('shows nothing that comes after its end', async () => {
    const end = new AbortController();
    const shown: Outcome[] = [];
    const answer = Promise.withResolvers<Outcome>();
    const following = followAnswers(
      {
        ask: () => answer.promise,
        show: (outcome) => shown.push(outcome),
        pause: () => Promise.resolve(),
        random: () => 0,
        refreshMs: 5_000,
        firstAfter: 0,
      },
      end.signal,
    );
    end.abort();
    answer.resolve(FIGURES);
    await following;
    expect(shown).toEqual([]);
  });
});
