import { bundle, FUNCTION_FOLDERS, type FunctionFolder } from './bundling.ts';

/** The most bytes that a function's bundle may have: what is bundled is read at every cold start. */
const BUDGETS: Record<FunctionFolder, number> = {
  'record-messages': 420_000,
  'count-messages': 260_000,
  'take-daily-snapshot': 260_000,
  'usage-api': 420_000,
};

for (const folder of FUNCTION_FOLDERS) {
  const bytes = Buffer.byteLength(bundle(folder));
  const isWithin = bytes <= BUDGETS[folder];
  if (!isWithin) process.exitCode = 1;
  process.stdout.write(
    `${folder.padEnd(19)} ${kilobytes(bytes)} of ${kilobytes(BUDGETS[folder])}${isWithin ? '' : '  over its budget'}\n`,
  );
}

/** In thousands of bytes, upwards, so that a bundle that is over its budget shows it. */
function kilobytes(bytes: number): string {
  return `${(Math.ceil(bytes / 100) / 10).toFixed(1)} KB`;
}
