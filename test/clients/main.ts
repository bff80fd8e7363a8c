import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { BUILD_FOLDER, DOCUMENT } from '../../openapi/build-folder.ts';
import { cleanUp, startLocalHost, temporaryFolder } from '../support/host/local-host.ts';
import { RegistryUnreachableError } from './cache.ts';
import { CHECKS, type Check } from './clients.ts';

// Generates clients from the OpenAPI document with the generators that people use, compiles them, and lets a
// program of each record a message on the local host, read how much it is used, and be refused. On the command
// line stand parts of the names of those that are tried; without any, all are.

/** What every program says in the end. */
const EXPECTED = {
  recorded: 1,
  counted: 1,
  reported: 1,
  csv: 'scope',
  error: { code: 'invalid_request', path: 'from' },
};

/** What a program says. The byte order mark, by which spreadsheets know UTF-8, is text to some of the clients. */
const outcome = z.looseObject({ csv: z.string().transform((text) => text.replace(/^\ufeff/, '')) });

const wanted = process.argv.slice(2);
const checks = CHECKS.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
if (checks.length === 0) {
  process.stderr.write(
    `There is no client that is called so: there are ${CHECKS.map(({ name }) => name).join(', ')}\n`,
  );
  process.exitCode = 1;
} else {
  process.exitCode = await main();
}

/** @returns the exit code */
async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'clients-'));
  try {
    const host = await startLocalHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
    const env = { URL_OF_HOST: new URL(host.url).origin, API_KEY: host.apiKey };
    let failed = 0;
    for (const [index, check] of checks.entries()) {
      const own = join(folder, `${index}`);
      await mkdir(own);
      if (!(await passes(check, own, { ...env, PEER: `peer_${index}` }))) failed += 1;
    }
    return failed === 0 ? 0 : 1;
  } finally {
    await cleanUp();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Does a check, and says how it ended. One whose tools are out of reach is left out, which is no failure. */
async function passes(check: Check, folder: string, env: Record<string, string>): Promise<boolean> {
  const started = performance.now();
  try {
    const said = await check.run({ document: join(BUILD_FOLDER, DOCUMENT), folder, env });
    if (said !== undefined && !isDeepStrictEqual(outcome.parse(JSON.parse(said)), EXPECTED)) {
      throw new Error(`its program said ${said}, and not ${JSON.stringify(EXPECTED)}`);
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(`works:   ${check.name}, in ${seconds} s\n`);
    return true;
  } catch (error) {
    if (error instanceof RegistryUnreachableError) {
      process.stdout.write(`skipped: ${check.name}: ${error.message}\n`);
      return true;
    }
    process.stdout.write(
      `FAILS:   ${check.name}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return false;
  }
}
