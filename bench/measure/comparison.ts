import type { Measured } from './interleaved.ts';
import { median, type Ratio, ratioOf } from './statistics.ts';
import { times } from './table.ts';

/** In what another one takes less than ours, such as `CPU 0.41×`. */
export interface Ahead {
  name: string;
  in: string[];
}

/** A ratio is taken for 1 where it is nearer to it than this. */
const SAME_WITHIN = 0.02;

/** In what one of those that were measured is ahead of ours: units, calls, or CPU. */
export function whereAhead(theirs: Measured, ours: Measured): Ahead {
  const cpu = ratioOf(theirs.cpuMs, ours.cpuMs);
  const counted = [
    { what: 'write units', isLess: theirs.usage.writeUnits < ours.usage.writeUnits },
    { what: 'read units', isLess: theirs.usage.readUnits < ours.usage.readUnits },
    { what: 'calls', isLess: theirs.usage.calls < ours.usage.calls },
    { what: `CPU ${times(cpu)}`, isLess: isBelow(cpu) },
  ];
  return { name: theirs.name, in: counted.filter(({ isLess }) => isLess).map(({ what }) => what) };
}

/** Whether a ratio is below 1 by more than its own noise. */
function isBelow({ median: middle, spread }: Ratio): boolean {
  return middle * (1 + Math.max(spread, SAME_WITHIN)) < 1;
}

/** The CPU that one of an amount took, in microseconds. */
export function cpuMicroseconds({ cpuMs }: Measured, amount: number): number {
  return (median(cpuMs) / amount) * 1_000;
}
