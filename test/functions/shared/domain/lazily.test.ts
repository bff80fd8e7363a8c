import { expect, test } from 'vitest';
import { lazily } from '../../../../functions/shared/domain/lazily.ts';

test('a value is made when it is first asked for, and once, also where it is nothing', () => {
  let made = 0;
  const value = lazily(() => {
    made += 1;
    return undefined;
  });
  expect(made).toBe(0);
  expect([value(), value()]).toEqual([undefined, undefined]);
  expect(made).toBe(1);
});

test('what could not be made is tried again', () => {
  const answers = [
    () => {
      throw new Error('not yet');
    },
    () => 'made',
  ];
  const value = lazily(() => answers.shift()?.());
  expect(value).toThrow('not yet');
  expect(value()).toBe('made');
});
