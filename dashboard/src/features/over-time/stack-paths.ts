import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { Incomplete, Stack } from './stack.ts';

/** Where a chart has what, in pixels. */
export interface ChartScales {
  /** From where to where the bar of the bucket that starts on a day may reach. */
  band: (start: UtcDay) => [from: number | undefined, to: number | undefined];
  /** How far down a figure is. */
  height: (figure: number) => number | undefined;
}

/** Whether a bar may grow no more, or why it is not whole. */
export type BarState = 'whole' | Incomplete;

/** What is drawn of one series: rectangles, as the `d` of an SVG path for the bars of each state. */
export interface SeriesPaths {
  id: string;
  color: string;
  parts: Record<BarState, string>;
}

/** What is drawn of a stack. */
export interface StackPaths {
  series: SeriesPaths[];
  /** Rectangles around whole bars, where these are wide enough for an edge. */
  edges: string;
  /** What the bars are compared with: a line in steps, interrupted where there was nothing. */
  earlier: string;
  /** The same as an area. */
  earlierArea: string;
}

/** The part of its band that a bar leaves free, and how wide it is at most. */
const GAP = 0.2;
const WIDEST_BAR = 44;
/** An edge would hide what is in a narrower bar. */
const NARROWEST_WITH_EDGE = 5;
/** Between two parts, where the upper one is high enough to spare that. */
const LINE = 1;
const LEAST_WITH_LINE = 3;

/** The parts of all bars, those of the first series at the bottom. */
export function pathsOf({ series, bars }: Stack, { band, height }: ChartScales): StackPaths {
  const paths = series.map(({ id, color }) => ({
    id,
    color,
    parts: { whole: '', 'so far': '', 'cut by the range': '' },
  }));
  let edges = '';
  for (const { start, values, total, incomplete = 'whole' } of bars) {
    const [from, to] = band(start);
    const [floor, ceiling] = [height(0), height(total)];
    if (from === undefined || to === undefined || floor === undefined || ceiling === undefined) continue;
    const width = Math.min(WIDEST_BAR, (to - from) * (1 - GAP));
    const left = (from + to - width) / 2;
    if (width >= NARROWEST_WITH_EDGE && ceiling < floor) edges += rectangle(left, width, floor, ceiling);
    let below = 0;
    for (const [index, { parts }] of paths.entries()) {
      const above = below + (values[index] ?? 0);
      const [bottom = 0, top = 0] = [height(below), height(above)];
      if (top >= bottom) continue;
      const line = below > 0 && bottom - top >= LEAST_WITH_LINE ? LINE : 0;
      parts[incomplete] += rectangle(left, width, bottom - line, top);
      below = above;
    }
  }
  return { series: paths, edges, ...earlierPaths(bars, { band, height }) };
}

function earlierPaths(bars: Stack['bars'], { band, height }: ChartScales) {
  let [earlier, earlierArea] = ['', ''];
  let isDrawn = false;
  for (const bar of bars) {
    const [from, to] = band(bar.start);
    const [floor, top] = [height(0), height(bar.earlier?.total ?? 0)];
    const isKnown = bar.earlier?.total !== undefined;
    // For a moment, the chart's scales may be those of other bars.
    const isPlaced = from !== undefined && to !== undefined && floor !== undefined && top !== undefined;
    if (isKnown && from !== undefined && to !== undefined && floor !== undefined && top !== undefined) {
      earlier += isDrawn ? `V${round(top)}H${round(to)}` : `M${round(from)} ${round(top)}H${round(to)}`;
      if (top < floor) earlierArea += rectangle(from, to - from, floor, top);
    }
    isDrawn = isKnown && isPlaced;
  }
  return { earlier, earlierArea };
}

function rectangle(left: number, width: number, bottom: number, top: number): string {
  return `M${round(left)} ${round(bottom)}h${round(width)}V${round(top)}h${-round(width)}Z`;
}

function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
