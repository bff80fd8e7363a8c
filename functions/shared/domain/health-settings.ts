import * as z from 'zod/mini';
import { component, described } from './described.ts';
import type { Threshold } from './findings/finding.ts';
import { byThreshold } from './findings/findings.ts';

function setting({ name, least, most }: Threshold) {
  const error = `${name} must be a whole number from ${least} to ${most}`;
  // One message is enough: a number that is not whole is not compared with the limits as well.
  return z.int({ error, abort: true }).check(z.minimum(least, error), z.maximum(most, error));
}

/** All thresholds of a peer. */
export const healthSettings = component(
  'HealthSettings',
  "The thresholds of a peer's health findings.",
  z.object(byThreshold((threshold) => described(setting(threshold), threshold.description))),
);
export type HealthSettings = z.output<typeof healthSettings>;

/** Reads the thresholds of peers. */
export interface HealthSettingsSource {
  /** A peer's thresholds: those that were set, and defaults for the others. */
  read(peerId: string): Promise<HealthSettings>;
}

/** The thresholds of a peer for which none were set. */
export const DEFAULT_HEALTH_SETTINGS: Readonly<HealthSettings> = byThreshold(
  (threshold) => threshold.default,
);

/** What each threshold may be set to, both limits included. */
export const HEALTH_SETTING_LIMITS = byThreshold(({ least, most }) => ({ least, most }));

const NAMES = Object.keys(DEFAULT_HEALTH_SETTINGS).join(', ');

/** Thresholds to be set for a peer: those that are left out have their defaults. Unknown fields are refused. */
export const givenHealthSettings = component(
  'HealthSettingsChange',
  'Thresholds to set, in place of all that were set before. Unknown fields are refused.',
  z.strictObject(
    byThreshold((threshold) =>
      described(
        z.exactOptional(setting(threshold)),
        `${threshold.description} Without it: ${threshold.default}.`,
      ),
    ),
    `health settings must be an object with no other fields than ${NAMES}`,
  ),
);
