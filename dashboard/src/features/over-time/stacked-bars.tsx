import { useId, useMemo } from 'react';
import { useXAxisScale, useYAxisScale } from 'recharts';
import type { DayRange } from '../../../../functions/shared/domain/interval.ts';
import { type Marks, ownSeverity } from './marks.ts';
import type { Stack } from './stack.ts';
import { type ChartScales, pathsOf } from './stack-paths.ts';

/** From one line of the hatching to the next, in pixels. */
const HATCH = 5;
/** How far above a bar its mark is, and how large. */
const MARK = { gap: 3, size: 4 };
/** Where the lines are over bars that are judged together, from the top of the chart, in pixels. */
const SPAN_AT = { warning: 4, info: 9 } as const;

/** Where what is behind the bars of some days begins, from the top of the chart, in pixels. */
const ALONE_FROM = 12;

/** Where a chart has what; nothing before it is laid out. */
export function useScales(): ChartScales | undefined {
  const xScale = useXAxisScale();
  const yScale = useYAxisScale();
  return useMemo(() => {
    if (xScale === undefined || yScale === undefined) return undefined;
    return {
      band: (start) => [xScale(start, { position: 'start' }), xScale(start, { position: 'end' })],
      height: yScale,
    };
  }, [xScale, yScale]);
}

/** The bars of a chart, each divided from the bottom up: one path for all that has one colour and state. */
export function StackedBars({
  stack,
  marks,
  alone,
}: {
  stack: Stack;
  marks: Marks;
  /** The days that the rest of the page shows alone, where that is not all of them. */
  alone: DayRange | undefined;
}) {
  const scales = useScales();
  const hatch = useId();
  const paths = useMemo(() => scales && pathsOf(stack, scales), [stack, scales]);
  if (paths === undefined || scales === undefined) return null;
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
      {alone !== undefined && <BarsAlone stack={stack} alone={alone} scales={scales} />}
      <path className="earlier-area" d={paths.earlierArea} />
      {paths.series.map(({ id, color, parts }) => (
        <g key={id} fill={color}>
          <path d={parts.whole} />
          <path d={parts['so far']} />
          <path d={parts['so far']} fill={`url(#${hatch})`} />
          <path d={parts['cut by the range']} fillOpacity={0.4} />
        </g>
      ))}
      <path className="bar-edges" d={paths.edges} />
      <path className="earlier-line" d={paths.earlier} />
      <FindingMarks stack={stack} marks={marks} scales={scales} />
    </>
  );
}

/** Behind the bars of the days that the rest of the page shows alone. */
function BarsAlone({
  stack: { bars },
  alone,
  scales: { band, height },
}: {
  stack: Stack;
  alone: DayRange;
  scales: ChartScales;
}) {
  const shown = bars.filter(({ start, end }) => start <= alone.to && end >= alone.from);
  const [first, last] = [shown[0], shown.at(-1)];
  if (first === undefined || last === undefined) return null;
  const [[from], [, to], bottom] = [band(first.start), band(last.start), height(0)];
  if (from === undefined || to === undefined || bottom === undefined) return null;
  return (
    <rect className="bars-alone" x={from} y={ALONE_FROM} width={to - from} height={bottom - ALONE_FROM} />
  );
}

/** Above bars that a finding judges, a mark; over bars that are judged together, a line. */
function FindingMarks({
  stack: { bars },
  marks,
  scales,
}: {
  stack: Stack;
  marks: Marks;
  scales: ChartScales;
}) {
  const { band, height } = scales;
  return (
    <>
      {bars.map(({ start, total }) => {
        const severity = ownSeverity(marks.byBar.get(start));
        const [[from, to], top] = [band(start), height(total)];
        if (severity === undefined || from === undefined || to === undefined || top === undefined)
          return null;
        const { gap, size } = MARK;
        const d = `M${(from + to) / 2} ${top - gap}l${-size} ${-2 * size}h${2 * size}Z`;
        return <path key={start} className="finding-mark" data-severity={severity} d={d} />;
      })}
      {marks.spans.map(({ severity, first, last }) => {
        const [[from], [, to]] = [band(first), band(last)];
        if (from === undefined || to === undefined) return null;
        return (
          <path
            key={severity}
            className="finding-span"
            data-severity={severity}
            d={`M${from + 1} ${SPAN_AT[severity]}H${to - 1}`}
          />
        );
      })}
    </>
  );
}
