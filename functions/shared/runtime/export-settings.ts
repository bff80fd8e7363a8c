import * as z from 'zod/mini';
import { parseJsonVariable } from './json-variable.ts';
import { parameterName } from './parameter-name.ts';

// What exports are set up with: what infrastructure sets, and functions read.

/** Where projects of Mixpanel have their data. */
const MIXPANEL_REGIONS = ['us', 'eu', 'in'] as const;

/** The project of Mixpanel that gets figures, and the service account that sends them. */
export const mixpanelSettings = z.strictObject({
  projectId: z
    .string('must be the id of a project, as a text of digits')
    .check(z.regex(/^[1-9]\d{0,19}$/, 'must be the id of a project: digits alone')),
  region: z.enum(MIXPANEL_REGIONS, `must be one of ${MIXPANEL_REGIONS.join(', ')}`),
  /** Of the service account. */
  usernameParameter: parameterName(),
  secretParameter: parameterName(),
});
export type MixpanelSettings = z.output<typeof mixpanelSettings>;

/** Where Google Analytics takes events. */
const GOOGLE_ANALYTICS_REGIONS = ['global', 'eu'] as const;

/** The data stream of Google Analytics that gets figures. */
export const googleAnalyticsSettings = z.strictObject({
  measurementId: z
    .string('must be a measurement id, such as G-ABC123DEF4')
    .check(z.regex(/^G-[A-Z0-9]{4,20}$/, 'must be a measurement id, such as G-ABC123DEF4')),
  region: z.enum(GOOGLE_ANALYTICS_REGIONS, `must be one of ${GOOGLE_ANALYTICS_REGIONS.join(', ')}`),
  /** Of the API secret of the Measurement Protocol. */
  secretParameter: parameterName(),
});
export type GoogleAnalyticsSettings = z.output<typeof googleAnalyticsSettings>;

/** The names of the environment variables with the settings of exports. */
export const MIXPANEL_VARIABLE = 'MIXPANEL';
export const GOOGLE_ANALYTICS_VARIABLE = 'GOOGLE_ANALYTICS';
/** The name of that with the bucket of reports and exported days. */
export const EXPORTS_BUCKET_VARIABLE = 'EXPORTS_BUCKET';

/** What the names of the files of reports begin with in that bucket. */
export const REPORTS_PREFIX = 'reports/';

/** Reads the value of the environment variable of Mixpanel, which is JSON. @throws Error that says what is wrong */
export function parseMixpanelSettings(text: string): MixpanelSettings {
  return parseJsonVariable(MIXPANEL_VARIABLE, mixpanelSettings, text);
}

/** Reads the value of that of Google Analytics, likewise. @throws Error that says what is wrong */
export function parseGoogleAnalyticsSettings(text: string): GoogleAnalyticsSettings {
  return parseJsonVariable(GOOGLE_ANALYTICS_VARIABLE, googleAnalyticsSettings, text);
}
