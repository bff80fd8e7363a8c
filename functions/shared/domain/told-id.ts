import { createHash } from 'node:crypto';

/** As many hexadecimal digits as no two texts share by chance. */
const ID_DIGITS = 32;

/** The id of something that is told: the same for the same parts, and without a full stop. */
export function toldId(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, ID_DIGITS);
}
