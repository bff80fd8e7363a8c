import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecords } from '../../../../../packages/cli/src/import/files/csv-records.ts';
import {
  type JsonEvent,
  jsonOf,
  readJson,
} from '../../../../../packages/cli/src/import/files/json-events.ts';
import { linesOf } from '../../../../../packages/cli/src/import/files/lines.ts';
import type { SourceFile } from '../../../../../packages/cli/src/import/files/source.ts';
import { mailsOf } from '../../../../../packages/cli/src/import/formats/mbox-mails.ts';
import { readExports } from '../../../../../packages/cli/src/import/read-exports.ts';
import { fileWith, NO_OPTIONS, TODAY } from './reading.ts';

/** A file that is made while it is read, and that tells how much of it was. */
function madeFile(pieces: () => Iterable<string>): SourceFile & { given: () => number } {
  let given = 0;
  return {
    name: 'made',
    path: 'made',
    size: 0,
    given: () => given,
    async *open() {
      for (const piece of pieces()) {
        given += 1;
        yield Buffer.from(piece);
      }
    },
  };
}

function* repeated(begin: string, piece: string, times: number, end: string): Generator<string> {
  yield begin;
  for (let index = 0; index < times; index += 1) yield piece;
  yield end;
}

async function all<One>(some: AsyncIterable<One>): Promise<One[]> {
  const found: One[] = [];
  for await (const one of some) found.push(one);
  return found;
}

const MEBIBYTE = 'x'.repeat(1024 ** 2);
const PLAN = {
  enter: (path: readonly unknown[]) => path.length === 0,
  read: () => true,
  drop: new Set(['text']),
};

describe('a line of many MiB', () => {
  it('is one problem, however long it is, and the next line is read', async () => {
    const file = madeFile(() => repeated('first\n', MEBIBYTE, 40, '\nlast'));
    const lines = await all(linesOf(file));
    expect(lines).toEqual([
      { number: 1, text: 'first' },
      { number: 2, problem: 'is longer than 16 MiB' },
      { number: 3, text: 'last' },
    ]);
  });

  it('is one problem of CSV', async () => {
    const file = madeFile(() => repeated('a,b\n', MEBIBYTE, 40, '\n1,2\n'));
    expect(
      (await all(csvRecords(file, ','))).map((one) => ('cells' in one ? one.cells : one.problem)),
    ).toEqual([['a', 'b'], 'is longer than 16 MiB', ['1', '2']]);
  });

  it('in a mail keeps no other from being read', async () => {
    const begin = 'From a@b Sun Nov  1 18:50:08 2026\nFrom: a@b.example\n\n';
    const file = madeFile(() => repeated(begin, MEBIBYTE, 40, `\n\n${begin}`));
    expect(await all(mailsOf(file))).toHaveLength(2);
  });

  it('in JSON ends the reading long before it ends', async () => {
    const file = madeFile(() => repeated('[{"a":1},{"b":"', MEBIBYTE, 40, '"}]'));
    const events: JsonEvent[] = [];
    await expect(async () => {
      for await (const event of readJson('made', file.open(), PLAN)) events.push(event);
    }).rejects.toThrow(/made byte \d+: a value that begins about here is longer than 16 MiB/);
    expect(events.filter(({ kind }) => kind === 'value')).toHaveLength(1);
    expect(file.given()).toBeLessThan(20);
  });

  it('of many small values in JSON ends it too, unless nobody wants them', async () => {
    const many = () => repeated('[[', `"${'x'.repeat(1000)}",`.repeat(1024), 22, '1]]');
    const file = madeFile(many);
    await expect(all(readJson('made', file.open(), PLAN))).rejects.toThrow(/longer than 16 MiB/);
    expect(file.given()).toBeLessThan(20);
    const passed = await all(readJson('made', madeFile(many).open(), { ...PLAN, read: () => false }));
    expect(passed.map(({ kind }) => kind)).toEqual(['enter', 'pass', 'end']);
  });
});

describe('reading', () => {
  it('goes on only as far as its records are taken', async () => {
    const file = madeFile(() => repeated('', 'a\n'.repeat(1000), 1000, ''));
    for await (const line of linesOf(file)) if (line.number === 1500) break;
    expect(file.given()).toBeLessThan(5);
  });

  it('tells how far it is, in bytes that only grow and end at all of them', async () => {
    const line =
      '{"messageId":"a","conversationId":"b","channelId":"c","role":"user","sentAt":"2026-11-01T00:00:00Z"}\n';
    const paths = [fileWith(line.repeat(3000)), fileWith(line)];
    const told: number[] = [];
    let of = 0;
    for await (const _ of readExports(paths, NO_OPTIONS, TODAY, (progress) => {
      told.push(progress.read);
      of = progress.of;
    }));
    expect(of).toBe(line.length * 3001);
    expect(told.toSorted((a, b) => a - b)).toEqual(told);
    expect([told[0], told.at(-1)]).toEqual([0, of]);
  });
});

/** Whole numbers that a Number does not hold exactly are kept as text. */
function withoutInexact(_: string, value: unknown): unknown {
  const isInexact =
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(String(value));
  return isInexact ? String(value) : value;
}

describe('JSON in pieces', () => {
  it('is what JSON.parse reads, wherever a piece ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.integer({ min: 1, max: 9 }), async (json, size) => {
        const bytes = Buffer.from(json);
        const pieces = async function* () {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        };
        const plan = { enter: () => false, read: () => true, drop: new Set<string>() };
        const events = await all(readJson('made', pieces(), plan));
        expect(JSON.stringify(events.map((event) => ('value' in event ? event.value : event)))).toBe(
          JSON.stringify([JSON.parse(json, withoutInexact)]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('is JSON exactly where JSON.parse says so', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 2 }),
        fc.nat(),
        fc.constantFrom('', ',', ':', '}', ']', '{', '1', ' '),
        (json, at, put) => {
          const cut = at % (json.length + 1);
          const changed = json.slice(0, cut) + put + json.slice(cut + (put === '' ? 1 : 0));
          let isJson = true;
          try {
            JSON.parse(changed);
          } catch {
            isJson = false;
          }
          expect(jsonOf(changed, new Set()) !== undefined, changed).toBe(isJson);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never makes a prototype of what a file says', () => {
    const json = jsonOf('{"__proto__":{"isAdmin":true}}', new Set());
    expect(json).toEqual(Object.assign(Object.create(null), { ['__proto__']: { isAdmin: true } }));
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });
});
