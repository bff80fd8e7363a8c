import { BarChart } from '@mantine/charts';
import { useId, useMemo, useState } from 'react';
import type { DayRange, Interval } from '../../../../functions/shared/domain/interval.ts';
import { useEnvironment } from '../../environment.ts';
import { BarChoice } from './bar-choice.tsx';
import { useBarWords } from './bar-words.ts';
import { CHART_HEIGHT } from './chart-height.ts';
import type { Marks } from './marks.ts';
import { niceSteps } from './nice-steps.ts';
import type { Bar, Stack } from './stack.ts';
import { StackedBars } from './stacked-bars.tsx';
import { useBarSlider } from './use-bar-slider.ts';

export interface StackedChartProps {
  label: string;
  stack: Stack;
  interval: Interval;
  marks: Marks;
  /** The days that the rest of the page shows alone, where that is not all of them. */
  alone: DayRange | undefined;
  /** Called with the bar that a reader wants to know more of. */
  onBar?: ((bar: Bar) => void) | undefined;
}

// The library would take seconds for the thousands of parts of a long history. So it sees one series of
// totals, which gives axes, and `StackedBars` draws the parts.
const TOTALS = [{ name: 'total', color: 'gray' }];

/** The same in all charts of the page, so that the same days stand under one another. */
const AXIS_WIDTH = 46;
const MARGIN = { top: 14, right: 8, bottom: 0, left: 0 };

/**
 * The chart itself, in a file of its own so that the page does not wait for the library that draws it. For who uses a
 * keyboard or hears the page it is a slider: arrows lead from bar to bar, and each one is told.
 */
export function StackedChart({ label, stack, interval, marks, alone, onBar }: StackedChartProps) {
  const { formats, dates } = useEnvironment();
  const [tooltipHost, setTooltipHost] = useState<HTMLElement | null>(null);
  const hintId = useId();
  const inWords = useBarWords(stack, interval, marks);
  const { bars } = stack;
  const { chosen, choose, attributes } = useBarSlider(bars, { label, hintId, inWords, onBar });
  const labels = useMemo(() => {
    const withYear = bars[0]?.start.slice(0, 4) !== bars.at(-1)?.end.slice(0, 4);
    return new Map(
      bars.map(({ start, end }) => [start, dates.bucket({ from: start, to: end }, interval, withYear)]),
    );
  }, [bars, interval, dates]);
  const steps = useMemo(
    () => niceSteps(Math.max(...bars.flatMap(({ total, earlier }) => [total, earlier?.total ?? 0]))),
    [bars],
  );
  return (
    <div className="chart-area">
      <div className="stacked-chart" {...attributes}>
        <BarChart
          h={CHART_HEIGHT}
          data={bars}
          dataKey="start"
          series={TOTALS}
          tickLine="none"
          withTooltip={false}
          xAxisProps={{ minTickGap: 28, tickMargin: 8, tickFormatter: (start) => labels.get(start) ?? '' }}
          yAxisProps={{
            width: AXIS_WIDTH,
            ticks: steps,
            domain: [0, steps.at(-1) ?? 1],
            interval: 0,
            tickMargin: 6,
            tickFormatter: formats.short,
          }}
          barProps={{ isAnimationActive: false, shape: nothing }}
          barChartProps={{ accessibilityLayer: false, margin: MARGIN }}
        >
          <StackedBars stack={stack} marks={marks} alone={alone} />
          <BarChoice
            stack={stack}
            interval={interval}
            marks={marks}
            chosen={chosen}
            tooltipHost={tooltipHost}
            onChoose={choose}
            onBar={onBar}
          />
        </BarChart>
      </div>
      <div ref={setTooltipHost} className="tooltip-host" aria-hidden="true" />
      <p id={hintId} className="visually-hidden">
        Arrow keys move from bar to bar{onBar !== undefined && ', Enter shows one alone'}. The same figures
        are behind the button Show as table.
      </p>
    </div>
  );
}

function nothing(): null {
  return null;
}
