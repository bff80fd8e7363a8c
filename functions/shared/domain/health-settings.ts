import * as z from 'zod/mini';
import { component, described } from './described.ts';
import type { Threshold } from './findings/finding.ts';
import { byThreshold } from './findings/findings.ts';

function setting({ name, least, most }: Threshold) {
  const error = `${name} must be a whole number from ${least} to ${most}`;
  // One message is enough: a number that is not whole is not compared with the limits as well.
  return z.int({ error, abort: true }).check(z.minimum(least, error), z.maximum(most, error));
}

/** What a peer's findings are judged by: a number for each threshold. */
const thresholds = byThreshold((threshold) => described(setting(threshold), threshold.description));

const ALERTS = {
  name: 'alerts',
  default: true,
  description: 'Whether people are told when a finding begins, changes or ends.',
} as const;

function alerts() {
  return z.boolean(`${ALERTS.name} must be true or false`);
}

/** All health settings of a peer. */
export const healthSettings = component(
  'HealthSettings',
  "The thresholds of a peer's health findings, and whether people are told of them.",
  z.object({ ...thresholds, [ALERTS.name]: described(alerts(), ALERTS.description) }),
);
export type HealthSettings = z.output<typeof healthSettings>;

/** Reads the health settings of peers. */
export interface HealthSettingsSource {
  /** A peer's settings: those that were set, and defaults for the others. */
  read(peerId: string): Promise<HealthSettings>;
}

/** The settings of a peer for which none were set. */
export const DEFAULT_HEALTH_SETTINGS: Readonly<HealthSettings> = {
  ...byThreshold((threshold) => threshold.default),
  [ALERTS.name]: ALERTS.default,
};

/** What each threshold may be set to, both limits included. */
export const HEALTH_SETTING_LIMITS = byThreshold(({ least, most }) => ({ least, most }));

const NAMES = Object.keys(DEFAULT_HEALTH_SETTINGS).join(', ');

/** Settings to be set for a peer: those that are left out have their defaults. Unknown fields are refused. */
export const givenHealthSettings = component(
  'HealthSettingsChange',
  'What to set, in place of all that was set before. Unknown fields are refused.',
  z.strictObject(
    {
      ...byThreshold((threshold) => described(z.exactOptional(setting(threshold)), withDefault(threshold))),
      [ALERTS.name]: described(z.exactOptional(alerts()), withDefault(ALERTS)),
    },
    `health settings must be an object with no other fields than ${NAMES}`,
  ),
);

function withDefault(setting: { description: string; default: unknown }): string {
  return `${setting.description} Without it: ${setting.default}.`;
}
