import type { ConsumeDays } from '../announcing/consumer.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { METRIC } from '../runtime/metric-names.ts';
import { announcementsOf, distinctDays } from './announced-days.ts';
import type { DayExport } from './day-export.ts';

/** Exports the days that are announced. What is told of a day is not asked for: each is exported as it is now. */
export function consumeDays(
  { log, publishMetrics }: Pick<Dependencies, 'log' | 'publishMetrics'>,
  target: DayExport,
): ConsumeDays {
  return async (announced, outOfTime) => {
    const days = distinctDays(announced);
    const { left, rowsRefused = 0, gaps = 0 } = await target.export(days, outOfTime);
    const again = distinctDays(left);
    publishMetrics({ [METRIC.exportRowsRefused]: rowsRefused, [METRIC.exportGaps]: gaps });
    const run = { days: days.length - again.length, left: again.length, rowsRefused, gaps };
    log.info('exported announced days', run);
    return announcementsOf(announced, again);
  };
}
