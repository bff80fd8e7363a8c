import type { Problem } from './ask-proxy.ts';
import type { UsageAttributes } from './usage-address.ts';

export const LOADING = 'Loading…';

const CAUSES = {
  unreachable: 'the figures cannot be reached',
  'unexpected-answer': 'the address in src does not answer with figures',
} as const;

/** What is said where there are no figures to show. */
export function problemNote(problem: Problem): string {
  if (problem === 'not-allowed') return 'You may not see these figures.';
  const cause = CAUSES[problem];
  return `${cause.charAt(0).toUpperCase()}${cause.slice(1)}. Trying again.`;
}

/** What is said beside the last figures while no newer ones come. */
export function staleNote(problem: Exclude<Problem, 'not-allowed'>): string {
  return `Not up to date: ${CAUSES[problem]}. Trying again.`;
}

/** What is said of a peer without channels. */
export function emptyNote({ from, to }: UsageAttributes): string {
  return from || to ? 'No messages in these days.' : 'No messages yet.';
}

/** The days that the figures are of; nothing where they are all-time. */
export function rangeText({ from, to }: UsageAttributes): string {
  if (!from && !to) return '';
  const days = from && to ? `${from} to ${to}` : from ? `Since ${from}` : `Up to ${to}`;
  return `${days} (UTC). Conversations are those that started then.`;
}
