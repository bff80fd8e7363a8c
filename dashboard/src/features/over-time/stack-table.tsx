import { Fragment, useMemo } from 'react';
import type { Interval } from '../../../../functions/shared/domain/interval.ts';
import { ChannelName } from '../../components/name.tsx';
import { TableRegion } from '../../components/table-region.tsx';
import { useEnvironment } from '../../environment.ts';
import { NO_FIGURES_BEFORE } from './bar-words.ts';
import { beforeInWords, type EarlierPlan } from './earlier.ts';
import { type Marks, markKey } from './marks.ts';
import { type Bar, OTHERS, type Series, type Stack } from './stack.ts';

export interface StackTableProps {
  caption: string;
  stack: Stack;
  interval: Interval;
  marks: Marks;
  /** What the figures are compared with. */
  before: EarlierPlan | undefined;
}

/** The figures behind a stacked chart, the latest and the channels with most of them first. */
export function StackTable({ caption, stack: { series, bars }, interval, marks, before }: StackTableProps) {
  const { formats, dates } = useEnvironment();
  const columns = useMemo(() => columnsOf(series), [series]);
  const isCompared = before !== undefined && bars.some(({ earlier }) => earlier !== undefined);
  const isMarked = marks.byBar.size > 0;
  const label = ({ start, end }: Bar) =>
    interval === 'day' ? dates.day(start) : dates.range({ from: start, to: end });
  return (
    <TableRegion caption={caption}>
      <thead>
        <tr>
          <th scope="col">{INTERVAL_NAMES[interval]}</th>
          <th scope="col">Total</th>
          {isCompared && <th scope="col">{beforeInWords(before)}</th>}
          {columns.map((one) => (
            <th scope="col" key={one.id}>
              <ChannelName className="stack-table-name" of={one} />
            </th>
          ))}
          {isMarked && <th scope="col">Findings</th>}
        </tr>
      </thead>
      <tbody>
        {bars.toReversed().map((bar) => (
          <tr key={bar.start}>
            <th scope="row">
              {label(bar)}
              {bar.incomplete !== undefined && <span className="incomplete-note"> ({bar.incomplete})</span>}
            </th>
            <td>{formats.count(bar.total)}</td>
            {isCompared && (
              <td>
                {bar.earlier?.total === undefined ? NO_FIGURES_BEFORE : formats.count(bar.earlier.total)}
              </td>
            )}
            {columns.map(({ id, index }) => (
              <td key={id}>{formats.count(bar.values[index] ?? 0)}</td>
            ))}
            {isMarked && (
              <td className="stack-table-findings">
                {marks.byBar.get(bar.start)?.map((mark, index) => (
                  <Fragment key={markKey(mark)}>
                    {index > 0 && '; '}
                    {mark.found}: <ChannelName of={mark.channel} />
                  </Fragment>
                ))}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </TableRegion>
  );
}

/** The series that have a figure, those of a single channel first, each with its place in the bars. */
function columnsOf(series: readonly Series[]) {
  return series
    .map((one, index) => ({ ...one, index }))
    .filter(({ total }) => total > 0)
    .sort((one, other) => Number(one.id === OTHERS) - Number(other.id === OTHERS) || other.total - one.total);
}

const INTERVAL_NAMES: Record<Interval, string> = { day: 'Day', week: 'Week', month: 'Month' };
