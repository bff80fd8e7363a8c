import type { TotalChange } from '../../../../functions/shared/domain/comparison.ts';
import type { CsvCell } from '../../../../functions/shared/domain/csv.ts';
import { METRICS } from '../../../../functions/shared/domain/metrics.ts';

/** The columns of figures that are compared with those before. */
export const COMPARISON_COLUMNS: readonly string[] = METRICS.flatMap(({ title }) => [
  ...[title, `${title} before`, `${title} change`, `${title} change %`],
]);

/** The cells of these columns. */
export function comparisonCells(compared: TotalChange): CsvCell[] {
  return METRICS.flatMap(({ name }) => {
    const { current, previous, change, changePercent } = compared[name];
    return [current, previous, change, changePercent];
  });
}
