import { useCallback } from 'react';
import { plainName } from '../../../../functions/shared/domain/display-names.ts';
import type { Interval } from '../../../../functions/shared/domain/interval.ts';
import { useEnvironment } from '../../environment.ts';
import type { Marks } from './marks.ts';
import type { Bar, Stack } from './stack.ts';

/** What is said of an earlier bucket without figures. */
export const NO_FIGURES_BEFORE = 'no figures before';

/** The days of a bar, or of what it is compared with, in words. */
export function useDays(interval: Interval): (range: Pick<Bar, 'start' | 'end'>) => string {
  const { dates } = useEnvironment();
  return useCallback(
    ({ start, end }) => (interval === 'day' ? dates.weekday(start) : dates.range({ from: start, to: end })),
    [dates, interval],
  );
}

/** All that a chart shows of a bar, to be spoken. */
export function useBarWords({ series }: Stack, interval: Interval, marks: Marks): (bar: Bar) => string {
  const { formats } = useEnvironment();
  const days = useDays(interval);
  return useCallback(
    (bar: Bar) => {
      const { earlier } = bar;
      const state = bar.incomplete === undefined ? '' : ` (${bar.incomplete})`;
      return [
        `${days(bar)}${state}: ${formats.count(bar.total)}`,
        ...series.flatMap((one, index) => {
          const figure = bar.values[index] ?? 0;
          return figure === 0 ? [] : [`${plainName(one)} ${formats.count(figure)}`];
        }),
        ...(earlier === undefined
          ? []
          : [
              earlier.total === undefined
                ? NO_FIGURES_BEFORE
                : `${formats.count(earlier.total)} on ${days(earlier)}`,
            ]),
        ...(marks.byBar.get(bar.start) ?? []).map(
          ({ severity, found, channel }) => `${severity}: ${found}: ${plainName(channel)}`,
        ),
      ].join('; ');
    },
    [series, marks, formats, days],
  );
}
