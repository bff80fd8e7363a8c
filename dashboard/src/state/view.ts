import { type DayRange, INTERVALS, type Interval } from '../../../functions/shared/domain/interval.ts';
import { OVERVIEW_SORTS, type OverviewSort } from '../../../functions/shared/domain/overview.ts';
import { isUtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { type Narrowing, oneDay } from './narrowing.ts';
import { isRangePreset, type RangeChoice } from './ranges.ts';

/** What is looked at. All of it is in the address, so that it can be linked. */
export interface View {
  /** Nothing until a peer was chosen. */
  peerId?: string;
  range: RangeChoice;
  interval: Interval;
  narrowing: Narrowing;
  /** Another peer, to be seen beside the first one. */
  withPeerId?: string | undefined;
  /** Whether channels are shown that were disabled. */
  showsDisabled: boolean;
  /** What the overview of all peers is ordered by, which is shown where there is no peer. */
  sort: OverviewSort;
  /** What is in the ids of its peers; empty for all. */
  search: string;
}

/** A view, and what the address asked for that could not be followed. */
export interface ReadView {
  view: View;
  problems: string[];
}

/** As `include` of the API has it. */
const SHOW_DISABLED = 'disabled';

const DEFAULTS = { range: 'all', interval: 'day', sort: 'attention' } as const satisfies Partial<View>;

/**
 * Reads a view from an address. What is wrong there is replaced by what is shown without it, and told.
 *
 * @param search the query string, with or without `?`
 */
export function readView(search: string): ReadView {
  const parameters = new URLSearchParams(search);
  const problems: string[] = [];
  const peerId = parameters.get('peer');
  const withPeerId = readWith(parameters.get('with'), peerId, problems);
  const view: View = {
    ...(peerId && { peerId }),
    range: readRange(parameters, problems),
    interval: readInterval(parameters.get('interval'), problems),
    narrowing: readNarrowing(parameters, problems),
    ...(withPeerId && { withPeerId }),
    showsDisabled: readShow(parameters.get('show'), problems),
    sort: readSort(parameters.get('sort'), problems),
    search: parameters.get('q') ?? '',
  };
  return { view, problems };
}

/**
 * The view of another peer. What is narrowed to stays behind: channels are those of one peer, and so is the second
 * peer where it is the same.
 */
export function viewOf(peerId: string, { withPeerId, ...view }: View): View {
  return {
    ...view,
    ...EVERY_PEER,
    peerId,
    narrowing: {},
    withPeerId: withPeerId === peerId ? undefined : withPeerId,
  };
}

/** What the overview shows unless it is said otherwise. */
const EVERY_PEER = { sort: DEFAULTS.sort, search: '' } as const;

/** The view of all peers, in the same days. */
export function overviewOf({ range, interval }: View): View {
  return { range, interval, narrowing: {}, showsDisabled: false, ...EVERY_PEER };
}

/** A view as a query string, with `?` unless it is empty. What is shown anyway is left out. */
export function writeView(view: View): string {
  const { peerId, range, interval, narrowing, withPeerId, showsDisabled, sort, search } = view;
  const parameters = new URLSearchParams();
  if (peerId !== undefined) parameters.set('peer', peerId);
  if (typeof range === 'object') {
    parameters.set('from', range.from);
    parameters.set('to', range.to);
  } else if (range !== DEFAULTS.range) {
    parameters.set('range', range);
  }
  if (interval !== DEFAULTS.interval) parameters.set('interval', interval);
  const { channelId, days } = narrowing;
  if (channelId !== undefined) parameters.set('channel', channelId);
  if (days !== undefined)
    parameters.set('day', days.from === days.to ? days.from : `${days.from}_${days.to}`);
  if (withPeerId !== undefined) parameters.set('with', withPeerId);
  if (showsDisabled) parameters.set('show', SHOW_DISABLED);
  if (sort !== DEFAULTS.sort) parameters.set('sort', sort);
  if (search !== '') parameters.set('q', search);
  return parameters.size === 0 ? '' : `?${parameters}`;
}

function readNarrowing(parameters: URLSearchParams, problems: string[]): Narrowing {
  const [channelId, day] = [parameters.get('channel'), parameters.get('day')];
  const days = day === null ? undefined : readDays(day);
  if (day !== null && days === undefined) {
    problems.push('The day in the address is none. The whole range is shown.');
  }
  return { ...(channelId && { channelId }), ...(days && { days }) };
}

/** `2026-11-24`, or `2026-11-23_2026-11-29` for the days of a week. */
function readDays(text: string): DayRange | undefined {
  const [from = '', to = from, ...others] = text.split('_');
  if (others.length > 0 || !isUtcDay(from) || !isUtcDay(to) || from > to) return undefined;
  return from === to ? oneDay(from) : { from, to };
}

function readWith(withPeerId: string | null, peerId: string | null, problems: string[]): string | undefined {
  if (!withPeerId) return undefined;
  if (peerId && withPeerId !== peerId) return withPeerId;
  problems.push(
    peerId
      ? 'The address compares a peer with itself. It is shown once.'
      : 'The address names a peer to compare with, and none to compare with it.',
  );
  return undefined;
}

function readShow(text: string | null, problems: string[]): boolean {
  if (text !== null && text !== SHOW_DISABLED) {
    problems.push('What the address wants shown is not known. Enabled channels are shown.');
  }
  return text === SHOW_DISABLED;
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

function readSort(text: string | null, problems: string[]): OverviewSort {
  if (text === null) return DEFAULTS.sort;
  const sort = OVERVIEW_SORTS.find((known) => known === text);
  if (sort === undefined)
    problems.push('The order in the address is not known. What needs attention comes first.');
  return sort ?? DEFAULTS.sort;
}

function readInterval(text: string | null, problems: string[]): Interval {
  if (text === null) return DEFAULTS.interval;
  const interval = INTERVALS.find((known) => known === text);
  if (interval === undefined) problems.push('The interval in the address is not known. Days are shown.');
  return interval ?? DEFAULTS.interval;
}
