import { BarChart } from '@mantine/charts';
import '@mantine/charts/styles.css';
import { useMemo } from 'react';
import type { BarShapeProps } from 'recharts';
import type { Interval } from '../../../../functions/domain/interval.ts';
import { useEnvironment } from '../../environment.ts';
import { CHART_HEIGHT } from './chart-height.ts';
import type { Bar, Stack } from './stack.ts';

export interface StackedChartProps {
  label: string;
  stack: Stack;
  interval: Interval;
}

/** The chart itself, in a file of its own so that the page does not wait for the library that draws it. */
export default function StackedChart({ label, stack, interval }: StackedChartProps) {
  const { formats, dates } = useEnvironment();
  const rows = useMemo(
    () =>
      stack.bars.map((bar) => ({
        ...bar,
        label: dates.bucket({ from: bar.start, to: bar.end }, interval),
        // Not by name: a name with dots in it would be taken for a path.
        ...Object.fromEntries(bar.values.map((value, index) => [seriesKey(index), value])),
      })),
    [stack, interval, dates],
  );
  const series = useMemo(
    () => stack.series.map(({ name, color }, index) => ({ name: seriesKey(index), label: name, color })),
    [stack],
  );
  return (
    <div role="img" aria-label={`${label}. The same figures are behind the button Show as table.`}>
      <BarChart
        h={CHART_HEIGHT}
        type="stacked"
        data={rows}
        dataKey="label"
        series={series}
        valueFormatter={formats.count}
        maxBarWidth={44}
        tickLine="none"
        xAxisProps={{ minTickGap: 28, tickMargin: 8 }}
        yAxisProps={{ width: 'auto', allowDecimals: false, tickMargin: 6 }}
        barProps={{ isAnimationActive: false, shape: BarShape }}
        barChartProps={{ accessibilityLayer: false, barCategoryGap: rows.length > 120 ? 0 : '18%' }}
        tooltipProps={{
          content: ({ payload }) => {
            const bar: Bar | undefined = stack.bars[rows.indexOf(payload?.[0]?.payload)];
            return bar === undefined ? null : <BarTooltip bar={bar} stack={stack} interval={interval} />;
          },
        }}
      />
    </div>
  );
}

function seriesKey(index: number): string {
  return `series${index}`;
}

/** A plain rectangle: thousands of them are drawn quickly. */
function BarShape({ x = 0, y = 0, width = 0, height = 0, fill, payload }: BarShapeProps) {
  if (height <= 0 || width <= 0) return null;
  const isIncomplete = payload?.incomplete !== undefined;
  return <rect x={x} y={y} width={width} height={height} fill={fill} fillOpacity={isIncomplete ? 0.45 : 1} />;
}

function BarTooltip({ bar, stack, interval }: { bar: Bar; stack: Stack; interval: Interval }) {
  const { formats, dates } = useEnvironment();
  return (
    <div className="bar-tooltip">
      <p className="bar-tooltip-title">
        {interval === 'day' ? dates.day(bar.start) : dates.range({ from: bar.start, to: bar.end })}
        {bar.incomplete !== undefined && ` (${bar.incomplete})`}
      </p>
      <ul>
        {stack.series.map(
          ({ name, color }, index) =>
            (bar.values[index] ?? 0) > 0 && (
              <li key={name}>
                <span className="legend-swatch" style={{ background: color }} />
                <span className="one-line">{name}</span>
                <span className="bar-tooltip-figure">{formats.count(bar.values[index] ?? 0)}</span>
              </li>
            ),
        )}
        <li className="bar-tooltip-total">
          <span>Total</span>
          <span className="bar-tooltip-figure">{formats.count(bar.total)}</span>
        </li>
      </ul>
    </div>
  );
}
