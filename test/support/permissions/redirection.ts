import { join, relative, sep } from 'node:path';
import type { FunctionFolder } from '../../../infra/bundling.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const FUNCTIONS = join(REPOSITORY, 'functions');

/** The module in `functions/` that makes each function. */
const MAKERS: Record<FunctionFolder, string> = {
  'record-messages': 'record-messages/record-messages.ts',
  'count-messages': 'shared/counting/count-messages.ts',
  'send-heartbeats': 'send-heartbeats/send-heartbeats.ts',
  'redrive-records': 'redrive-records/redrive-records.ts',
  'take-daily-snapshot': 'take-daily-snapshot/take-daily-snapshot.ts',
  'audit-figures': 'audit-figures/audit-figures.ts',
  'raise-alerts': 'raise-alerts/raise-alerts.ts',
  'send-notifications': 'send-notifications/send-notifications.ts',
  'announce-days': 'announce-days/announce-days.ts',
  'send-reports': 'send-reports/send-reports.ts',
  'look-up-messages': 'look-up-messages/look-up-messages.ts',
  'manage-channels': 'manage-channels/manage-channels.ts',
  'usage-api': 'usage-api/usage-api.ts',
  'serve-dashboard': 'serve-dashboard/serve-dashboard.ts',
  'export-to-s3': 'export-to-s3/export-to-s3.ts',
  'export-to-mixpanel': 'export-to-mixpanel/export-to-mixpanel.ts',
  'export-to-google-analytics': 'export-to-google-analytics/export-to-google-analytics.ts',
};
/** The counting core, which tests also use by itself. */
const COUNTING_CORE = 'shared/counting/build-counter.ts';

/** The modules in whose place tests get `held-functions.ts`. */
export const REDIRECTED = [...Object.values(MAKERS), COUNTING_CORE].map((path) => join(FUNCTIONS, path));
const HELD_FUNCTIONS = join(import.meta.dirname, 'held-functions.ts');

/** Where what imports a function is given one that is held to its policy: in tests, and in the local host. */
const IMPORTERS = ['test', 'local'];

/**
 * The module that is imported in place of another one, where a test or the local host imports what makes a
 * function. So no test has to remember that its functions are held to what they may do, and none can forget it.
 *
 * @param file the path of the module that is imported
 * @param importer the path of the one that imports it
 */
export function redirectionOf(file: string, importer: string): string | undefined {
  const [room = ''] = relative(REPOSITORY, importer).split(sep);
  if (!IMPORTERS.includes(room) || importer === HELD_FUNCTIONS) return undefined;
  return REDIRECTED.includes(file) ? HELD_FUNCTIONS : undefined;
}
