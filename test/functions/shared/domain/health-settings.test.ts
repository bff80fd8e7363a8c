import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  DEFAULT_HEALTH_SETTINGS,
  givenHealthSettings,
  HEALTH_SETTING_LIMITS,
  healthSettings,
} from '../../../../functions/shared/domain/health-settings.ts';

describe('settings', () => {
  const SETTINGS = z.enum([...Object.keys(HEALTH_SETTING_LIMITS), 'alerts']);

  test('the defaults are the ones of the contract, and within the limits', () => {
    expect(healthSettings.safeParse(DEFAULT_HEALTH_SETTINGS)).toEqual({
      success: true,
      data: {
        inactiveAfterDays: 7,
        dominantAbovePercent: 90,
        highTrafficAbovePercent: 30,
        dropBelowPercent: 50,
        spikeAbovePercent: 200,
        leastMedian: 20,
        newForDays: 7,
        alerts: true,
      },
    });
  });

  function problems(value: unknown): string[] {
    const { error } = givenHealthSettings.safeParse(value);
    return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  }

  test.each(Object.entries(HEALTH_SETTING_LIMITS))(
    '%s is a whole number within its limits',
    (name, limits) => {
      const { least, most } = limits;
      for (const value of [least, most]) expect(problems({ [name]: value })).toEqual([]);
      const refused = [least - 1, most + 1, least + 0.5, 1e300, -1, String(least), null, true, undefined];
      for (const value of refused) {
        expect(problems({ [name]: value })).toEqual([
          `${name}: ${name} must be a whole number from ${least} to ${most}`,
        ]);
      }
    },
  );

  test('alerts is true or false', () => {
    for (const value of [true, false]) expect(problems({ alerts: value })).toEqual([]);
    for (const value of ['true', 0, 1, null, undefined, []]) {
      expect(problems({ alerts: value })).toEqual(['alerts: alerts must be true or false']);
    }
  });

  test('any may be left out where they are set, and none where they are told', () => {
    expect(problems({})).toEqual([]);
    expect(SETTINGS.options).toHaveLength(8);
    for (const name of SETTINGS.options) {
      const others = { ...DEFAULT_HEALTH_SETTINGS, [name]: undefined };
      expect(healthSettings.safeParse(others).success).toBe(false);
    }
  });

  test.each([
    [{ inactiveAfter: 7 }],
    [{ newForDays: 7, text: 'hello' }],
    [JSON.parse('{"__proto__":{"newForDays":3}}')],
    [[]],
    [null],
    ['newForDays'],
  ])('%j is refused as a whole', (value) => {
    expect(problems(value)).toEqual([
      ': health settings must be an object with no other fields than inactiveAfterDays, dominantAbovePercent, ' +
        'highTrafficAbovePercent, dropBelowPercent, spikeAbovePercent, leastMedian, newForDays, alerts',
    ]);
  });
});
