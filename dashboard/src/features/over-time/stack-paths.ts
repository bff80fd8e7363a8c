import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { Stack } from './stack.ts';

/** Where a chart has what, in pixels. */
export interface ChartScales {
  /** From where to where the bar of the bucket that starts on a day may reach. */
  band: (start: UtcDay) => [from: number | undefined, to: number | undefined];
  /** How far down a figure is. */
  height: (figure: number) => number | undefined;
}

/** What is drawn of one series: rectangles, as the `d` of two SVG paths. */
export interface SeriesPaths {
  id: string;
  color: string;
  complete: string;
  incomplete: string;
}

/** The part of its band that a bar leaves free, and how wide it is at most. */
const GAP = 0.2;
const WIDEST_BAR = 44;

/** The parts of all bars, those of the first series at the bottom. */
export function pathsOf({ series, bars }: Stack, { band, height }: ChartScales): SeriesPaths[] {
  const paths = series.map(({ id, color }) => ({ id, color, complete: '', incomplete: '' }));
  for (const { start, values, incomplete } of bars) {
    const [from, to] = band(start);
    if (from === undefined || to === undefined) continue;
    const width = Math.min(WIDEST_BAR, (to - from) * (1 - GAP));
    const left = round((from + to - width) / 2);
    let below = 0;
    for (const [index, path] of paths.entries()) {
      const above = below + (values[index] ?? 0);
      const [bottom, top] = [height(below), height(above)];
      below = above;
      if (bottom === undefined || top === undefined || top >= bottom) continue;
      path[incomplete === undefined ? 'complete' : 'incomplete'] +=
        `M${left} ${round(bottom)}h${round(width)}V${round(top)}h${-round(width)}Z`;
    }
  }
  return paths;
}

function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
