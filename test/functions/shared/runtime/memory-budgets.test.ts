import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../../../functions/shared/runtime/bounded-map.ts';

const REPOSITORY = join(import.meta.dirname, '../../../..');

/** How much a process remembers from one invocation to the next: entries, at most. */
const REMEMBERED = {
  'functions/announce-days/announce-days.ts': 10_000,
  'functions/record-messages/channel-room.ts': 5_000,
  'functions/shared/counting/conversation-starts.ts': 20_000,
  'functions/shared/counting/fingerprints.ts': 25_000,
  'functions/shared/counting/message-counter.ts': 5_000,
  'functions/shared/http/authentication.ts': 1_000,
  'functions/shared/http/key-limit.ts': 1_000,
  'functions/shared/store/active-peers.ts': 5_000,
  'functions/shared/store/daily-counter-store.ts': 5_000,
  'functions/shared/store/usage-reader.ts': 1_000,
  'functions/usage-api/overview-rows.ts': 4_000,
};

/** The capacities of the bounded maps of all functions, by their file. */
function capacities(): Record<string, number> {
  const found: Record<string, number> = {};
  for (const path of globSync('functions/**/*.ts', { cwd: REPOSITORY })) {
    const text = readFileSync(join(REPOSITORY, path), 'utf8');
    for (const [, name = ''] of text.matchAll(/new BoundedMap<[^(]*>\((\w+)\)/g)) {
      const [, capacity = ''] = new RegExp(`const ${name} = ([\\d_]+);`).exec(text) ?? [];
      found[path] = (found[path] ?? 0) + Number(capacity.replaceAll('_', ''));
    }
  }
  return found;
}

describe('memory', () => {
  it('of a process grows to so many entries, and to no more', () => {
    expect(capacities()).toEqual(REMEMBERED);
  });

  it('of a bounded map is that of its capacity, of which it keeps at least the half that was asked for last', () => {
    const map = new BoundedMap<number, string>(10);
    const sizes = new Set<number>();
    for (let key = 1; key <= 1_000; key += 1) {
      map.set(key, `${key}`);
      const five = new Set([1, 2, key - 2, key - 1, key].filter((asked) => asked >= 1 && asked <= key));
      for (const asked of five) expect(map.get(asked)).toBe(`${asked}`);
      sizes.add(map.size);
    }
    expect(map.get(900)).toBeUndefined();
    for (let key = 1_001; key <= 2_000; key += 1) {
      map.set(key, `${key}`);
      sizes.add(map.size);
    }
    expect(Math.max(...sizes)).toBe(10);
  });

  it('of a bounded map holds an entry once, and none that was deleted', () => {
    const map = new BoundedMap<string, number>(4);
    for (const [key, value] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['a', 4],
    ] as const)
      map.set(key, value);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([4, 2, 3]);
    map.delete('a');
    map.delete('b');
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, undefined, 3]);
  });
});
