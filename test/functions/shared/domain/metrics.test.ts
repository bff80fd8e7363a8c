import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  add,
  byField,
  byName,
  byTotal,
  type Counts,
  countOf,
  countsOf,
  equal,
  METRICS,
  subtract,
  sum,
  ZERO,
} from '../../../../functions/shared/domain/metrics.ts';

const figure = fc.nat({ max: 1_000_000_000 });
const counts: fc.Arbitrary<Counts> = fc.record(byField(() => figure));

describe('the list of metrics', () => {
  test('gives every metric a name, a field, a total and a heading of its own', () => {
    for (const word of ['name', 'field', 'total', 'title'] as const) {
      expect(new Set(METRICS.map((metric) => metric[word])).size).toBe(METRICS.length);
    }
  });

  test('begins with the messages', () => {
    expect(METRICS[0].name).toBe('messages');
  });

  test.each([
    ['field', byField((metric) => metric)],
    ['name', byName((metric) => metric)],
    ['total', byTotal((metric) => metric)],
  ] as const)('is what has something for each metric by its %s, in its order', (word, made) => {
    expect(Object.entries(made)).toEqual(METRICS.map((metric) => [metric[word], metric]));
  });
});

describe('counts', () => {
  test('are added and subtracted metric by metric', () => {
    const distinct = byField((metric) => 10 ** METRICS.indexOf(metric));
    const twice = byField((metric) => 2 * 10 ** METRICS.indexOf(metric));
    expect([add(distinct, distinct), subtract(twice, distinct)]).toEqual([twice, distinct]);
  });

  test('for any counts: what was added can be subtracted again, in any order', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        expect(add(a, b)).toEqual(add(b, a));
        expect(subtract(add(a, b), b)).toEqual(a);
        expect([add(a, ZERO), subtract(a, a)]).toEqual([a, ZERO]);
      }),
    );
  });

  test('for any counts: the sum is the same however they are grouped', () => {
    fc.assert(
      fc.property(fc.array(counts), fc.array(counts), (some, others) => {
        expect(sum([...some, ...others])).toEqual(add(sum(some), sum(others)));
        expect(sum(some)).toEqual(byField(({ field }) => some.reduce((all, one) => all + one[field], 0)));
      }),
    );
  });

  test('are equal where those of every metric are', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom(...METRICS), fc.integer({ min: 1 }), (a, { field }, more) => {
        expect(equal(a, { ...a })).toBe(true);
        expect(equal(a, { ...a, [field]: a[field] + more })).toBe(false);
      }),
    );
  });

  test('change nothing that they are made of', () => {
    const one = Object.freeze(byField(() => 1));
    expect([sum([one, one, one]), sum([])]).toEqual([byField(() => 3), ZERO]);
    expect([one, ZERO]).toEqual([byField(() => 1), byField(() => 0)]);
  });

  test('can be taken from what has more', () => {
    fc.assert(
      fc.property(counts, (a) => {
        const entry = { channelId: 'c', day: '2026-11-22', ...a };
        expect(countsOf(entry)).toEqual(a);
      }),
    );
  });
});

describe('the schema of a count', () => {
  const [messages, conversations] = METRICS;

  test.each([0, 1, 9_007_199_254_740_991])('takes %d', (value) => {
    expect(z.safeParse(countOf(messages), value).success).toBe(true);
  });

  test.each([-1, 0.5, '1', null, Number.NaN])('refuses %j', (value) => {
    expect(z.safeParse(countOf(messages), value).success).toBe(false);
  });

  test('says what exactly is counted, where and when', () => {
    const said = (schema: z.ZodMiniType) => z.globalRegistry.get(schema)?.description;
    expect([
      said(countOf(messages)),
      said(countOf(messages, { where: ' on this channel' })),
      said(countOf(conversations, { where: ' on this channel' })),
      said(countOf(conversations, { when: ' in the period' })),
    ]).toEqual([
      'Messages of users.',
      'Messages of users on this channel.',
      'Conversations on this channel that started.',
      'Conversations that started in the period.',
    ]);
  });
});
