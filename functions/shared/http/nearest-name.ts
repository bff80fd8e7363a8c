import { closestMatch } from 'leven';

/** What people call the names of this service elsewhere. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  from: ['start', 'startDate', 'startTime', 'since', 'after', 'begin', 'gte'],
  to: ['end', 'endDate', 'endTime', 'until', 'before', 'through', 'lte'],
  interval: ['granularity', 'bucket', 'resolution', 'unit', 'step', 'groupBy', 'window'],
  include: ['with', 'expand', 'fields', 'status', 'statuses'],
  limit: ['count', 'size', 'pageSize', 'perPage', 'top', 'max'],
  cursor: ['page', 'offset', 'next', 'token', 'pageToken', 'continuation'],
  prefix: ['startsWith', 'beginsWith'],
  search: ['q', 'query', 'filter', 'name', 'contains', 'find', 'prefix'],
  sort: ['order', 'orderBy', 'sortBy', 'by'],
  compare: ['compareTo', 'comparison', 'previous', 'versus', 'vs'],
  period: ['month', 'year', 'date'],
  weeks: ['week', 'periods'],
  separator: ['delimiter', 'sep', 'delim', 'dialect'],
};

/** A name with nothing but its letters and digits, in small letters. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/**
 * The name that somebody is most likely to have meant.
 *
 * @returns nothing where no known name is near
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = plainName(name);
  const same = known.find((one) => plainName(one) === plain);
  if (same !== undefined) return same;
  const called = known.find((one) => ELSEWHERE[one]?.some((other) => plainName(other) === plain));
  if (called !== undefined) return called;
  // Two slips in a word of some length, one in a short one.
  const maxDistance = Math.min(2, Math.floor(plain.length / 2));
  const nearest = closestMatch(plain, known.map(plainName), { maxDistance });
  return known.find((one) => plainName(one) === nearest);
}
