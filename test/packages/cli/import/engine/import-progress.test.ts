import { describe, expect, test } from 'vitest';
import { partProgress } from '../../../../../packages/cli/src/import/import-progress.ts';
import { PIPED } from '../../cli-run.ts';

function told(
  total: number,
  before: number,
  steps: readonly (readonly [seconds: number, done: number])[],
): string[] {
  const said: string[] = [];
  let now = 0;
  const progress = partProgress(
    {
      title: 'Recording',
      total,
      before,
      amount: (number) => number.toLocaleString('en-US'),
      unit: 'messages',
    },
    { clock: () => now, say: (text) => said.push(text), terminal: undefined, screen: () => PIPED },
  );
  for (const [seconds, done] of steps) {
    now = seconds * 1_000;
    progress.update(done);
  }
  progress.end();
  return said;
}

describe('progress in lines', () => {
  test('tells each quarter once, the rate, and how long the rest takes at it', () => {
    const steps = [
      [0, 0],
      [10, 20_000],
      [12.5, 25_000],
      [13, 26_000],
      [30, 76_000],
      [200, 100_000],
    ] as const;
    expect(told(100_000, 0, steps)).toEqual([
      'Recording: 25,000 of 100,000 messages (25 %), 2,000/s, 38 s left\n',
      'Recording: 76,000 of 100,000 messages (76 %), 2,533/s, 10 s left\n',
      'Recording: 100,000 of 100,000 messages (100 %), 500/s\n',
    ]);
  });

  test('counts what an earlier run has done as done, and not as its own rate', () => {
    expect(
      told(100_000, 50_000, [
        [0, 50_000],
        [100, 75_000],
        [9_000, 80_000],
      ]),
    ).toEqual(['Recording: 75,000 of 100,000 messages (75 %), 250/s, 2 min left\n']);
  });

  test('says nothing of nothing', () => {
    expect(told(0, 0, [[0, 0]])).toEqual([]);
  });
});
