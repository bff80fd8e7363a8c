import { usableLocale } from '../shared/formats.ts';
import type { UsageTrust } from './ask-for-trust.ts';

/** What is said of trust under the figures, and what is said above them where something may be missing. */
export interface TrustNotes {
  upTo: string;
  missing: string;
}

/** @param locale a BCP 47 tag, for the instant, which is in UTC */
export function trustNotes(trust: UsageTrust, locale: string): TrustNotes {
  const { countedThrough } = trust;
  const format = { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' } as const;
  const instant = countedThrough && new Date(countedThrough).toLocaleString(usableLocale(locale), format);
  return { upTo: instant ? `Complete up to ${instant} UTC` : '', missing: missingNote(trust) };
}

function missingNote({ isBehind, countedThrough, notCounted }: UsageTrust): string {
  if (isBehind) {
    const why = countedThrough ? 'is behind: later' : 'has not reported yet:';
    return `Counting ${why} messages may be missing, and a zero may be one not counted yet.`;
  }
  return notCounted ? `Messages that were not counted: ${notCounted}.` : '';
}
