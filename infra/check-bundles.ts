import { dashboardBytes } from './built-files.ts';
import { bundle, FUNCTION_FOLDERS, type FunctionFolder } from './bundling.ts';

/**
 * The most bytes that a function's bundle may have, some 5 % above what it has: what is bundled is read at every
 * cold start, so that whoever makes it much larger should know.
 */
const BUDGETS: Record<FunctionFolder, number> = {
  'record-messages': 325_000,
  'count-messages': 350_000,
  'send-heartbeats': 235_000,
  // With the client of S3.
  'redrive-records': 550_000,
  'take-daily-snapshot': 305_000,
  'audit-figures': 305_000,
  'raise-alerts': 340_000,
  // With the clients of SNS and SSM, and of HTTP.
  'send-notifications': 430_000,
  // With the client of SNS.
  'announce-days': 305_000,
  // With the client of S3.
  'send-reports': 540_000,
  'look-up-messages': 355_000,
  // With what makes, signs and revokes what figures are shared by.
  'manage-channels': 360_000,
  // With the operations of proofs, which also look into archived windows, of the overview of all peers, and embed tokens.
  'usage-api': 430_000,
  'serve-dashboard': 290_000,
  // Likewise.
  'export-to-s3': 455_000,
  'export-to-mixpanel': 370_000,
  'export-to-google-analytics': 370_000,
};

/** The most bytes, compressed, that browsers load before they show the page, and for a page of others. */
const FIRST_LOAD_BUDGET = 190_000;
// Some seven kinds of channels more have icons, and an embed token is asked for, kept and renewed.
const EMBED_SCRIPT_BUDGET = 8_000;

for (const folder of FUNCTION_FOLDERS) {
  check(folder, Buffer.byteLength(bundle(folder).code), BUDGETS[folder]);
}
const { firstLoad, embedScript } = dashboardBytes();
check('dashboard, at first', firstLoad, FIRST_LOAD_BUDGET);
check('channel-usage.js', embedScript, EMBED_SCRIPT_BUDGET);

function check(what: string, bytes: number, budget: number): void {
  const isWithin = bytes <= budget;
  if (!isWithin) process.exitCode = 1;
  process.stdout.write(
    `${what.padEnd(26)} ${kilobytes(bytes)} of ${kilobytes(budget)}${isWithin ? '' : '  over its budget'}\n`,
  );
}

/** In thousands of bytes, upwards, so that a bundle that is over its budget shows it. */
function kilobytes(bytes: number): string {
  return `${(Math.ceil(bytes / 100) / 10).toFixed(1)} KB`;
}
