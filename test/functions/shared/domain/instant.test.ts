import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInstant } from '../../../../functions/shared/domain/instant.ts';

const MINUTE_MS = 60_000;
const SEED = 20_261_122;

/** Every instant that four digits of a year can tell in every offset. */
const instants = fc
  .date({ min: new Date('0000-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
  .map((date) => date.getTime());

/** In minutes. */
const offsets = fc.integer({ min: -(23 * 60 + 59), max: 23 * 60 + 59 });

/** An instant as it is written elsewhere, to the millisecond, without its offset. */
function localText(instant: number, offset: number): string {
  return new Date(instant + offset * MINUTE_MS).toISOString().slice(0, -1);
}

function offsetText(offset: number, colon: string): string {
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const digits = [hours, minutes].map((number) => String(number).padStart(2, '0'));
  return `${offset < 0 ? '-' : '+'}${digits.join(colon)}`;
}

describe('an instant', () => {
  test('is the same in every offset, with a colon and without, in letters of either size', () => {
    const seen = fc.property(
      instants,
      offsets,
      fc.constantFrom('', ':'),
      fc.constantFrom('T', 't', ' '),
      (instant, offset, colon, separator) => {
        const text = `${localText(instant, offset).replace('T', separator)}${offsetText(offset, colon)}`;
        expect(parseInstant(text)).toBe(instant);
      },
    );
    fc.assert(seen, { seed: SEED });
  });

  test('is the same in UTC, however UTC is written', () => {
    const zones = fc.constantFrom('Z', 'z', '+00:00', '-00:00', '+0000', '-0000', '+00', '-00');
    const seen = fc.property(instants, zones, (instant, zone) => {
      expect(parseInstant(`${localText(instant, 0)}${zone}`)).toBe(instant);
    });
    fc.assert(seen, { seed: SEED });
  });

  test('is cut off to the millisecond, whatever comes behind it', () => {
    const digits = fc.stringMatching(/^\d{0,6}$/);
    const seen = fc.property(instants, offsets, digits, (instant, offset, finer) => {
      expect(parseInstant(`${localText(instant, offset)}${finer}${offsetText(offset, ':')}`)).toBe(instant);
    });
    fc.assert(seen, { seed: SEED });
  });

  test('may have fewer decimals, or none', () => {
    const seen = fc.property(instants, fc.constantFrom(0, 1, 2, 3), (instant, decimals) => {
      const unit = 10 ** (3 - decimals);
      const cut = Math.floor(instant / unit) * unit;
      const text = localText(cut, 0);
      expect(parseInstant(`${text.slice(0, decimals === 0 ? 19 : 20 + decimals)}Z`)).toBe(cut);
    });
    fc.assert(seen, { seed: SEED });
  });

  test('may leave out the seconds', () => {
    const seen = fc.property(instants, offsets, (instant, offset) => {
      const minute = Math.floor(instant / MINUTE_MS) * MINUTE_MS;
      const text = `${localText(minute, offset).slice(0, 16)}${offsetText(offset, ':')}`;
      expect(parseInstant(text)).toBe(minute);
    });
    fc.assert(seen, { seed: SEED });
  });

  test.each([
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60.25Z', '2017-01-01T00:00:00.250Z'],
    ['2017-01-01T08:59:60+09:00', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T15:59:60-0800', '2017-01-01T00:00:00.000Z'],
    ['0000-01-01T00:00:00+01:00', '-000001-12-31T23:00:00.000Z'],
    ['2028-02-29T10:00:00.999999999+00', '2028-02-29T10:00:00.999Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseInstant(text)).toBe(Date.parse(instant));
  });
});

describe('no instant', () => {
  test('is whatever has no date, time and offset', () => {
    const seen = fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(parseInstant(text)).toBeUndefined();
    });
    fc.assert(seen, { seed: SEED });
  });

  test('is an instant with anything before or behind it, or without its offset', () => {
    const more = fc.string({ minLength: 1, maxLength: 3 }).filter((text) => !/^[+-]?\d|^[Zz]$/.test(text));
    const seen = fc.property(instants, more, (instant, text) => {
      const local = localText(instant, 0);
      for (const wrong of [`${local}Z${text}`, `${text}${local}Z`, local]) {
        expect(parseInstant(wrong)).toBeUndefined();
      }
    });
    fc.assert(seen, { seed: SEED });
  });

  test.each([
    ...['2026-00-10T10:00:00Z', '2026-13-10T10:00:00Z', '2026-11-00T10:00:00Z', '2026-11-31T10:00:00Z'],
    ...['2026-02-29T10:00:00Z', '2100-02-29T10:00:00Z', '2026-11-22T24:00:00Z', '2026-11-22T10:60:00Z'],
    ...['2026-11-22T10:00:61Z', '2026-11-22T23:58:60Z', '2026-11-22T12:00:60Z', '2016-12-31T23:59:60+01:00'],
    ...['2026-11-22T10:00:00+24:00', '2026-11-22T10:00:00+00:60', '2026-11-22T10:00:00+0:00'],
    ...['2026-11-22T10:00:00.1234567890Z', '2026-11-22T10:00:00.Z', '2026-11-22T10:00.5Z'],
    ...['2026-11-22T10Z', '2026-11-22', '26-11-22T10:00:00Z', '+002026-11-22T10:00:00Z'],
  ])('is %s', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
