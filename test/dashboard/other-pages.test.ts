import { afterEach, expect, test, vi } from 'vitest';
import { type OtherPages, otherPages } from '../../dashboard/src/api/other-pages.ts';

const KEY = 'cua_0123456789abcdef_secret-one';
const OTHER_KEY = 'cua_0123456789abcdef_secret-two';

const opened: OtherPages[] = [];

afterEach(() => {
  vi.unstubAllGlobals();
  for (const page of opened.splice(0)) page.close();
});

/** Opens a page, and keeps what it hears. */
async function open(key: string): Promise<{ page: OtherPages; next: Promise<unknown>; heard: unknown[] }> {
  const page = await otherPages(key);
  if (page === undefined) throw new Error('the pages are kept apart');
  opened.push(page);
  const heard: unknown[] = [];
  const { promise: next, resolve } = Promise.withResolvers<unknown>();
  page.onTold((message) => {
    heard.push(message);
    resolve(message);
  });
  return { page, next, heard };
}

test('pages with the same key hear one another, and not themselves; those with another key hear nothing', async () => {
  const one = await open(KEY);
  const same = await open(KEY);
  const different = await open(OTHER_KEY);
  const alsoDifferent = await open(OTHER_KEY);
  one.page.tell({ figures: 1 });
  different.page.tell({ figures: 2 });
  expect(await same.next).toEqual({ figures: 1 });
  expect(await alsoDifferent.next).toEqual({ figures: 2 });
  expect([one.heard, same.heard, different.heard]).toEqual([[], [{ figures: 1 }], []]);
});

test('the name under which pages meet says nothing of the key', async () => {
  const names: string[] = [];
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      constructor(name: string) {
        names.push(name);
      }
      close(): void {}
    },
  );
  await open(KEY);
  await open(OTHER_KEY);
  expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect(names[0]).not.toBe(names[1]);
});

test('without hashes, nothing is shared', async () => {
  vi.stubGlobal('crypto', {});
  expect(await otherPages(KEY)).toBe(undefined);
});

test('where the browser keeps pages apart, nothing is shared', async () => {
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      constructor() {
        throw new DOMException('not allowed', 'SecurityError');
      }
    },
  );
  expect(await otherPages(KEY)).toBe(undefined);
});
