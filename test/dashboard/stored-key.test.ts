import { expect, test } from 'vitest';
import { storedKey } from '../../dashboard/src/state/stored-key.ts';

function storageOf(items: Map<string, string>) {
  return {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
}

test('a key is found again in the same storage, until it is forgotten', () => {
  const storage = storageOf(new Map());
  const first = storedKey(() => storage);
  expect(first.read()).toBeUndefined();
  first.write('cua_1');
  const second = storedKey(() => storage);
  expect(second.read()).toBe('cua_1');
  second.forget();
  expect(first.read()).toBeUndefined();
});

test('a browser that lets the page store nothing is no error: the key is asked for again', () => {
  const stored = storedKey(() => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  });
  stored.write('cua_1');
  expect(stored.read()).toBeUndefined();
  stored.forget();
});

test('any other error is one', () => {
  const fails = () => {
    throw new TypeError('window is not defined');
  };
  expect(() => storedKey(fails)).toThrow('window is not defined');
});
