import { BarChart } from '@mantine/charts';
import { useId, useMemo } from 'react';
import { useXAxisScale, useYAxisScale } from 'recharts';
import type { Interval } from '../../../../functions/shared/domain/interval.ts';
import { ChannelName } from '../../components/name.tsx';
import { Swatch } from '../../components/swatch.tsx';
import { useEnvironment } from '../../environment.ts';
import { CHART_HEIGHT } from './chart-height.ts';
import type { Bar, Series, Stack } from './stack.ts';
import { pathsOf } from './stack-paths.ts';

export interface StackedChartProps {
  label: string;
  stack: Stack;
  interval: Interval;
}

// The library would take seconds for the thousands of parts of a long history. So it sees one series of
// totals, which gives axes and tooltips, and `StackedBars` draws the parts.
const TOTALS = [{ name: 'total', color: 'gray' }];

/** The chart itself, in a file of its own so that the page does not wait for the library that draws it. */
export function StackedChart({ label, stack, interval }: StackedChartProps) {
  const { formats, dates } = useEnvironment();
  const labels = useMemo(
    () =>
      new Map(stack.bars.map(({ start, end }) => [start, dates.bucket({ from: start, to: end }, interval)])),
    [stack, interval, dates],
  );
  return (
    <div role="img" aria-label={`${label}. The same figures are behind the button Show as table.`}>
      <BarChart
        h={CHART_HEIGHT}
        data={stack.bars}
        dataKey="start"
        series={TOTALS}
        valueFormatter={formats.count}
        tickLine="none"
        xAxisProps={{ minTickGap: 28, tickMargin: 8, tickFormatter: (start) => labels.get(start) ?? '' }}
        yAxisProps={{ width: 'auto', allowDecimals: false, tickMargin: 6 }}
        barProps={{ isAnimationActive: false, shape: nothing }}
        barChartProps={{ accessibilityLayer: false }}
        tooltipProps={{
          content: ({ label: start }) => {
            const bar = stack.bars.find((candidate) => candidate.start === start);
            return bar && <BarTooltip bar={bar} series={stack.series} interval={interval} />;
          },
        }}
      >
        <StackedBars stack={stack} />
      </BarChart>
    </div>
  );
}

function nothing(): null {
  return null;
}

/** The bars of a chart, each divided from the bottom up: one path for all that has one colour and state. */
function StackedBars({ stack }: { stack: Stack }) {
  const xScale = useXAxisScale();
  const yScale = useYAxisScale();
  const hatch = useId();
  const paths = useMemo(() => {
    if (xScale === undefined || yScale === undefined) return undefined;
    return pathsOf(stack, {
      band: (start) => [xScale(start, { position: 'start' }), xScale(start, { position: 'end' })],
      height: yScale,
    });
  }, [stack, xScale, yScale]);
  if (paths === undefined) return null;
  return (
    <>
      <pattern
        id={hatch}
        width={HATCH}
        height={HATCH}
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect className="hatch-line" width={HATCH / 2} height={HATCH} />
      </pattern>
      {paths.series.map(({ id, color, parts }) => (
        <g key={id} fill={color}>
          <path d={parts.whole} />
          <path d={parts['so far']} />
          <path d={parts['so far']} fill={`url(#${hatch})`} />
          <path d={parts['cut by the range']} fillOpacity={0.4} />
        </g>
      ))}
      <path className="bar-edges" d={paths.edges} />
    </>
  );
}

/** From one line to the next, in pixels. */
const HATCH = 6;

interface BarTooltipProps {
  bar: Bar;
  series: readonly Series[];
  interval: Interval;
}

function BarTooltip({ bar, series, interval }: BarTooltipProps) {
  const { formats, dates } = useEnvironment();
  return (
    <div className="bar-tooltip">
      <p className="bar-tooltip-title">
        {interval === 'day' ? dates.day(bar.start) : dates.range({ from: bar.start, to: bar.end })}
        {bar.incomplete !== undefined && ` (${bar.incomplete})`}
      </p>
      <ul>
        {series.map(
          (one, index) =>
            (bar.values[index] ?? 0) > 0 && (
              <li key={one.id}>
                <Swatch color={one.color} />
                <ChannelName className="one-line" of={one} />
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
