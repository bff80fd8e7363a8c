import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { noticesOf } from '../npm-packages/notices.ts';

/** The folders in `functions/` with a `handler.ts`: one function each. */
export const FUNCTION_FOLDERS = [
  'record-messages',
  'count-messages',
  'send-heartbeats',
  'redrive-records',
  'take-daily-snapshot',
  'audit-figures',
  'raise-alerts',
  'send-reports',
  'send-notifications',
  'announce-days',
  'look-up-messages',
  'manage-channels',
  'usage-api',
  'serve-dashboard',
  'export-to-s3',
  'export-to-mixpanel',
  'export-to-google-analytics',
] as const;
export type FunctionFolder = (typeof FUNCTION_FOLDERS)[number];

/** The file of a bundle, whose `handler` Lambda calls. */
export const BUNDLE_FILE = 'index.mjs';
/** The file beside it, with the notices of the packages whose code is in the bundle. */
export const NOTICES_FILE = 'THIRD-PARTY-NOTICES.txt';

/** A function as one ES module. */
export interface Bundle {
  code: string;
  /** The paths of the modules that it has code of, from the repository; of some perhaps nothing is left. */
  modules: readonly string[];
}

const REPOSITORY = join(import.meta.dirname, '..');
const SHIMS = join(import.meta.dirname, 'shims');

/** Parts of the SDK that no function of this service needs, and what is bundled instead. */
const REPLACED = {
  '@aws-sdk/credential-provider-node': join(SHIMS, 'environment-credentials.ts'),
  '@aws-sdk/middleware-endpoint-discovery': join(SHIMS, 'endpoint-discovery.ts'),
};
/** Parts that the client of DynamoDB does not need, and that of S3 does. */
const REPLACED_WITHOUT_S3 = {
  '@smithy/core/checksum': join(SHIMS, 'sha256.ts'),
  '@smithy/core/event-streams': join(SHIMS, 'no-event-streams.ts'),
};
const FUNCTIONS_WITH_S3: readonly FunctionFolder[] = ['redrive-records', 'export-to-s3', 'send-reports'];

/** What both steps of bundling make. */
const OUTPUT = {
  absWorkingDir: REPOSITORY,
  outfile: BUNDLE_FILE,
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  legalComments: 'none',
  logLevel: 'error',
} as const;

/**
 * Bundles a function with everything that it imports into one minified ES module, which needs nothing
 * beside it: neither packages nor Lambda's own copy of the SDK, which changes without a deployment.
 *
 * The same files give the same bundle. It has no source map: reading one costs a tenth and more of a cold
 * start, and the same commit gives the same bundle again, with a map, whenever a stack trace has to be read.
 *
 * @throws Error where something that is imported cannot be found, after an update of the SDK for example
 */
export function bundle(folder: FunctionFolder): Bundle {
  return bundleModule(join('functions', folder, 'handler.ts'), FUNCTIONS_WITH_S3.includes(folder));
}

/**
 * Bundles any module of this repository as `bundle` does a function.
 *
 * @param entryPoint its path in the repository
 * @param needsS3 whether it has the client of S3, from which less can be left out
 * @throws Error as `bundle` does
 */
export function bundleModule(entryPoint: string, needsS3: boolean): Bundle {
  const { metafile, outputFiles } = buildSync({
    ...OUTPUT,
    entryPoints: [entryPoint],
    metafile: true,
    // The SDK's ES modules, of which esbuild can leave out what is not used.
    mainFields: ['module', 'main'],
    alias: needsS3 ? REPLACED : { ...REPLACED, ...REPLACED_WITHOUT_S3 },
    // But for white space, since that takes the comments which say that a function has no side effects.
    minifySyntax: true,
    minifyIdentifiers: true,
  });
  const [file] = outputFiles;
  const made = metafile.outputs[BUNDLE_FILE];
  if (file === undefined || made === undefined) throw new Error(`esbuild made no bundle of ${entryPoint}`);
  const modules = Object.entries(made.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { code: withoutUnusedCalls(file.text), modules: modules.map(([path]) => path) };
}

/**
 * Minifies a module, without the calls whose results nobody uses: of functions that say of themselves that they have no
 * side effects, such as those that make schemas. esbuild takes their word only within one file, which is why this comes
 * behind putting all files into one.
 */
function withoutUnusedCalls(code: string): string {
  const { outputFiles } = buildSync({
    ...OUTPUT,
    stdin: { contents: code, resolveDir: REPOSITORY },
    minify: true,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild minified nothing');
  return file.text;
}

/**
 * Writes what is deployed of a function into a folder: its bundle, and the notices of the packages in it.
 *
 * @throws Error as `bundle` does, and where the licence of a package is not known
 */
export function writeBundle(folder: FunctionFolder, outputFolder: string): void {
  const { code, modules } = bundle(folder);
  writeFileSync(join(outputFolder, BUNDLE_FILE), code);
  const notices = noticesOf([{ name: folder, modules, bundlers: ['esbuild'] }]);
  writeFileSync(join(outputFolder, NOTICES_FILE), notices);
}
