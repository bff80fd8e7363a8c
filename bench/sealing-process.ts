import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import * as z from 'zod';
import type { TestDatabase } from '../test/support/database/database.ts';

/**
 * With how much memory sealing is measured: less than the function has, which has it for the processor that comes with it.
 * What is sealed with so little fits into any function that may be chosen.
 */
const MEASURED_MEGABYTES = 512;

/**
 * What Lambda's runtime starts Node.js with, by the memory of a function: nine tenths for what lives long, and a
 * twentieth for each part of what is new. Without it the machine's own memory would decide how much is let lie.
 */
export const FUNCTION_FLAGS = [
  `--max-old-space-size=${Math.floor(MEASURED_MEGABYTES * 0.9)}`,
  `--max-semi-space-size=${Math.floor(MEASURED_MEGABYTES * 0.05)}`,
];
const LONGEST_RUN_MS = 870_000;

/** What a run tells at its end. */
const ended = z.object({
  peers: z.int(),
  daysSealed: z.int(),
  leftOver: z.int(),
  failed: z.int(),
  calls: z.int(),
  readUnits: z.number(),
  writeUnits: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  /** What the heap held, before the run and at most, whenever that was looked at, without what nobody needs any more. */
  bareHeapMegabytes: z.int(),
  heapMegabytes: z.int(),
  /** What the process had of the machine's memory, before the run and at most. */
  bareMegabytes: z.int(),
  residentMegabytes: z.int(),
});
export type Ended = z.infer<typeof ended>;

/** Bundles the program of a run as functions are, so that no compiler takes memory beside it. */
export function bundleRun(folder: string): string {
  const outfile = join(folder, 'sealing-run.mjs');
  buildSync({
    ...{ entryPoints: [join(import.meta.dirname, 'sealing-run.ts')], outfile, bundle: true },
    ...{ platform: 'node', target: 'node24', format: 'esm', mainFields: ['module', 'main'] },
    // What calls cost is told apart by the names of commands.
    ...{ minify: true, keepNames: true },
    logLevel: 'error',
  });
  return outfile;
}

/** What a run is to do. */
export interface RunOrder {
  usageTableName: string;
  through: string;
  now: number;
  /** The call of DynamoDB at which it is killed. */
  killedAt?: number;
  /** Seals what changed after this instant by a scan, instead of as the service does. */
  byScanSince?: number;
}

/**
 * Lets one run seal all days up to one, in a process of its own that has 512 MB of memory.
 *
 * @param program what `bundleRun` made
 * @returns what it came to; nothing where it was killed
 */
export async function run(
  program: string,
  { endpoint }: TestDatabase,
  order: RunOrder,
): Promise<Ended | undefined> {
  const argument = JSON.stringify({ ...order, endpoint, endsAfterMs: LONGEST_RUN_MS });
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      ...FUNCTION_FLAGS,
      program,
      argument,
    ]);
    return ended.parse(JSON.parse(stdout));
  } catch (error) {
    const { signal } = z.object({ signal: z.string().nullish() }).parse(error);
    if (order.killedAt !== undefined && signal === 'SIGKILL') return undefined;
    throw error;
  }
}

/** What a run came to, for people. */
export function told(run: Ended): string {
  const { daysSealed, calls, writeUnits, readUnits, seconds, cpuSeconds } = run;
  return (
    `${daysSealed} peer-days, ${calls} calls, ${writeUnits} write units, ${readUnits} read units, ` +
    `${seconds.toFixed(0)} s (${cpuSeconds.toFixed(1)} s of CPU): ${(daysSealed / seconds).toFixed(0)} peer-days ` +
    `a second; ${run.heapMegabytes} MB of heap in use at most, ${run.bareHeapMegabytes} MB before it began; ` +
    `${run.residentMegabytes} MB of memory at most, ${run.bareMegabytes} MB before it began`
  );
}
