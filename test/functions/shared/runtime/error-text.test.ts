import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  errorFields,
  errorInALine,
  errorMessage,
  errorName,
  errorStack,
  errorSummary,
  systemCode,
} from '../../../../functions/shared/runtime/error-text.ts';

const ERROR = new TypeError('fetch failed\nat last');
const SYSTEM_ERROR: unknown = await readFile('/nowhere/at/all').catch((error: unknown) => error);

describe('an error as text', () => {
  it('has its name and what it says', () => {
    expect(errorSummary(ERROR)).toBe('TypeError: fetch failed\nat last');
    expect(errorMessage(ERROR)).toBe('fetch failed\nat last');
  });

  it('is known by its name, where a log must not hold what it says', () => {
    expect([errorName(ERROR), errorName('a secret')]).toEqual(['TypeError', 'string']);
  });

  it('has fields for a log', () => {
    expect(errorFields(ERROR)).toEqual({ name: 'TypeError', message: ERROR.message, stack: ERROR.stack });
    expect(errorFields('a secret')).toEqual({
      name: 'unknown',
      message: 'something was thrown that is no error: string',
    });
  });

  it('has its stack for a log, as far as there is one', () => {
    expect(errorStack(ERROR)).toBe(ERROR.stack);
    const withoutStack = new RangeError('out of it');
    delete withoutStack.stack;
    expect(errorStack(withoutStack)).toBe('RangeError: out of it');
  });

  it('has the code of the system, where that tells more than a line would', () => {
    expect([systemCode(SYSTEM_ERROR), errorInALine(SYSTEM_ERROR)]).toEqual(['ENOENT', 'ENOENT']);
    expect([systemCode(ERROR), errorInALine(ERROR)]).toEqual([undefined, 'TypeError: fetch failed']);
    expect(systemCode(Object.assign(new Error('of another kind'), { code: 17 }))).toBeUndefined();
  });

  it('is there for whatever was thrown', () => {
    for (const text of [errorSummary, errorMessage, errorStack, errorInALine]) {
      expect([text('a text'), text(7), text(undefined)]).toEqual(['a text', '7', 'undefined']);
    }
    expect(systemCode({ code: 'ENOENT' })).toBeUndefined();
  });
});
