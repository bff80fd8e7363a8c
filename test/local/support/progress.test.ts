import { describe, expect, it } from 'vitest';
import { showProgress } from '../../../local/support/progress.ts';

describe('progress without a terminal', () => {
  function linesOf(total: number, ...updates: number[]): string[] {
    const lines: string[] = [];
    const progress = showProgress('Replaying', total, undefined, (text) => lines.push(text));
    for (const done of updates) progress.update(done);
    progress.note('waiting');
    progress.end();
    return lines;
  }

  it('is told at first, and then once a quarter', () => {
    expect(linesOf(1_000, 0, 100, 260, 270, 800, 1_000)).toEqual([
      'Replaying: 0 of 1000 messages (0 %)\n',
      'Replaying: 260 of 1000 messages (26 %)\n',
      'Replaying: 800 of 1000 messages (80 %)\n',
      'Replaying: 1000 of 1000 messages (100 %)\n',
    ]);
  });

  it('never passes the whole, where there is more than there was said to be', () => {
    expect(linesOf(10, 12, 20)).toEqual(['Replaying: 12 of 12 messages (100 %)\n']);
  });

  it('says that nothing is done where there is nothing to do', () => {
    expect(linesOf(0, 0)).toEqual(['Replaying: 0 of 0 messages (0 %)\n']);
  });
});
