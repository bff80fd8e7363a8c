import { expect, test } from 'vitest';
import type { Outcome } from '../../dashboard/embed/ask-for-usage.ts';
import { SharedAnswers } from '../../dashboard/embed/shared-answers.ts';

const A = new URL('https://site.example/usage/peer/peer_1/channel-stats?include=percentage');
const B = new URL('https://site.example/usage/peer/peer_1/channel-stats?include=percentage&from=2026-11-01');

/** A page with elements, on a clock that the test turns. */
class TestPage {
  now = 0;
  /** What is asked for, and when. */
  readonly asked: [address: string, at: number][] = [];
  fails = false;
  #timers: { at: number; end: () => void }[] = [];
  #answers = 0;
  readonly usage = new SharedAnswers<Outcome>({
    refreshMs: 5_000,
    ask: async (url) => {
      this.asked.push([url.search, this.now]);
      this.#answers += 1;
      const counts = { conversationCount: 1, messageCount: this.#answers };
      return this.fails ? { problem: 'unreachable' } : { usage: { channels: [], total: counts } };
    },
    pause: (milliseconds, signal) =>
      new Promise((resolve) => {
        this.#timers.push({ at: this.now + milliseconds, end: resolve });
        signal.addEventListener('abort', () => resolve());
      }),
    random: () => 0,
    clock: () => this.now,
  });

  /** Puts an element into view. */
  see(url: URL): { shown: (number | string)[]; leave: () => void } {
    const shown: (number | string)[] = [];
    const leave = this.usage.follow(url, (outcome: Outcome) => {
      shown.push('usage' in outcome ? outcome.usage.total.messageCount : outcome.problem);
    });
    return { shown, leave };
  }

  /** Lets time pass, in steps of a tenth of a second. */
  async pass(milliseconds: number): Promise<void> {
    for (const until = this.now + milliseconds; ; this.now += 100) {
      const due = this.#timers.filter(({ at }) => at <= this.now);
      this.#timers = this.#timers.filter(({ at }) => at > this.now);
      for (const { end } of due) end();
      await new Promise((resolve) => setImmediate(resolve));
      if (this.now >= until) return;
    }
  }
}

test('elements with the same address share one question, whenever they come into view', async () => {
  const page = new TestPage();
  const first = page.see(A);
  const second = page.see(A);
  await page.pass(3_000);
  const third = page.see(A);
  expect(third.shown).toEqual([1]);
  await page.pass(9_000);
  expect([first.shown, second.shown, third.shown]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(page.asked.map(([, at]) => at)).toEqual([0, 5_000, 10_000]);
});

test('other addresses have questions of their own', async () => {
  const page = new TestPage();
  page.see(A);
  page.see(B);
  await page.pass(1_000);
  expect(page.asked).toEqual([
    [A.search, 0],
    [B.search, 0],
  ]);
});

test('goes on while one element can be seen, and asks nothing when none can', async () => {
  const page = new TestPage();
  const first = page.see(A);
  const second = page.see(A);
  await page.pass(1_000);
  first.leave();
  await page.pass(5_000);
  expect([first.shown, second.shown]).toEqual([[1], [1, 2]]);
  second.leave();
  await page.pass(60_000);
  expect(page.asked.length).toBe(2);
});

test('an element that comes back has what is known, and asks when that is five seconds old', async () => {
  const page = new TestPage();
  page.see(A).leave();
  await page.pass(100);
  const first = page.see(A);
  await page.pass(900);
  first.leave();
  await page.pass(1_000);
  const again = page.see(A);
  expect(again.shown).toEqual([1]);
  await page.pass(10_000);
  expect(page.asked.map(([, at]) => at)).toEqual([100, 5_100, 10_100]);
  again.leave();
  await page.pass(6_000);
  const later = page.see(A);
  expect(later.shown).toEqual([]);
  await page.pass(100);
  expect(later.shown).toEqual([4]);
});

test('an element that comes into view while asking fails is told so, and does not ask more often', async () => {
  const page = new TestPage();
  page.fails = true;
  page.see(A);
  await page.pass(20_000);
  const asked = page.asked.length;
  const late = page.see(A);
  expect(late.shown).toEqual(['unreachable']);
  await page.pass(0);
  expect(page.asked.length).toBe(asked);
  page.fails = false;
  await page.pass(30_000);
  expect(late.shown.at(-1)).toBeGreaterThan(0);
});
