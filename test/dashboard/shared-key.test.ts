import { expect, test } from 'vitest';
import { sharedAddress } from '../../dashboard/src/state/shared-key.ts';
import { storedKey } from '../../dashboard/src/state/stored-key.ts';

const at = (hash: string) => sharedAddress({ pathname: '/prod/', search: '?peer=p', hash });

test('the key of a share link is taken out of the address', () => {
  expect(at('#key=cua_link1_2')).toEqual({ key: 'cua_link1_2', left: '/prod/?peer=p' });
});

test.each(['', '#', '#keys=1', '#notes', '#KEY=1'])('%j is no share link, and stays', (hash) => {
  expect(at(hash)).toEqual({ key: undefined, left: undefined });
});

test.each(['#key=', '#key=a%20b c', '#key=ä', `#key=${'x'.repeat(513)}`])(
  'what is no key goes from the address all the same: %j',
  (hash) => {
    expect(at(hash)).toEqual({ key: undefined, left: '/prod/?peer=p' });
  },
);

test('the keys of a share link and of the reader are kept beside each other', () => {
  const items = new Map<string, string>();
  const storage = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
  const [own, shared] = [storedKey(() => storage), storedKey(() => storage, 'shared')];
  own.write('cua_1');
  shared.write('cua_2');
  expect([own.read(), shared.read()]).toEqual(['cua_1', 'cua_2']);
  shared.forget();
  expect([own.read(), shared.read()]).toEqual(['cua_1', undefined]);
});
