import { dateFormatsFor } from '../../../../dashboard/src/date-formats.ts';
import { pageFormatsFor } from '../../../../dashboard/src/page-formats.ts';

// Words are English, and so are figures: what a script compares, or a person shows to others, reads the same everywhere.

/** `12,450`, `66.2%`, `12,450 messages` */
export const formats = pageFormatsFor('en-US');
/** `1 message`, `12,450 messages` */
export function counted(number: number, noun: string): string {
  return `${formats.count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** `22 Nov 2026`, `12:03:05 UTC` */
export const dates = dateFormatsFor('en-GB');
