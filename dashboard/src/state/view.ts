import { INTERVALS, type Interval } from '../../../functions/shared/domain/interval.ts';
import { isUtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { isRangePreset, type RangeChoice } from './ranges.ts';

/** What is looked at. All of it is in the address, so that it can be linked. */
export interface View {
  /** Nothing until a peer was chosen. */
  peerId?: string;
  range: RangeChoice;
  interval: Interval;
}

/** A view, and what the address asked for that could not be followed. */
export interface ReadView {
  view: View;
  problems: string[];
}

const DEFAULTS = { range: 'all', interval: 'day' } as const satisfies View;

/**
 * Reads a view from an address. What is wrong there is replaced by what is shown without it, and told.
 *
 * @param search the query string, with or without `?`
 */
export function readView(search: string): ReadView {
  const parameters = new URLSearchParams(search);
  const problems: string[] = [];
  const peerId = parameters.get('peer');
  const view: View = {
    ...(peerId && { peerId }),
    range: readRange(parameters, problems),
    interval: readInterval(parameters.get('interval'), problems),
  };
  return { view, problems };
}

/** A view as a query string, with `?` unless it is empty. What is shown anyway is left out. */
export function writeView({ peerId, range, interval }: View): string {
  const parameters = new URLSearchParams();
  if (peerId !== undefined) parameters.set('peer', peerId);
  if (typeof range === 'object') {
    parameters.set('from', range.from);
    parameters.set('to', range.to);
  } else if (range !== DEFAULTS.range) {
    parameters.set('range', range);
  }
  if (interval !== DEFAULTS.interval) parameters.set('interval', interval);
  return parameters.size === 0 ? '' : `?${parameters}`;
}

function readRange(parameters: URLSearchParams, problems: string[]): RangeChoice {
  const [from, to, preset] = [parameters.get('from'), parameters.get('to'), parameters.get('range')];
  if (from !== null || to !== null) {
    if (from !== null && to !== null && isUtcDay(from) && isUtcDay(to) && from <= to) return { from, to };
    problems.push('The days in the address are not a range from one day to a later one. All time is shown.');
    return DEFAULTS.range;
  }
  if (preset === null) return DEFAULTS.range;
  if (isRangePreset(preset)) return preset;
  problems.push('The range in the address is not known. All time is shown.');
  return DEFAULTS.range;
}

function readInterval(text: string | null, problems: string[]): Interval {
  if (text === null) return DEFAULTS.interval;
  const interval = INTERVALS.find((known) => known === text);
  if (interval === undefined) problems.push('The interval in the address is not known. Days are shown.');
  return interval ?? DEFAULTS.interval;
}
