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

  it('of a bounded map is that of its capacity: it forgets what was not asked for longest', () => {
    const map = new BoundedMap<number, string>(3);
    for (let key = 1; key <= 3; key += 1) map.set(key, `${key}`);
    map.get(1);
    for (let key = 4; key <= 1_000; key += 1) {
      map.set(key, `${key}`);
      map.get(1);
    }
    const held = Array.from({ length: 1_000 }, (_, index) => index + 1).filter(
      (key) => map.get(key) !== undefined,
    );
    expect(held).toEqual([1, 999, 1_000]);
  });
});
