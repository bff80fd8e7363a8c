import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import * as z from 'zod';

/** AWS's runtime interface emulator, as Go's registry names this version of it. */
const EMULATOR_MODULE = 'github.com/aws/aws-lambda-runtime-interface-emulator';
const EMULATOR_VERSION = 'v0.0.0-20261030222936-bef5c4ba774d';
const CLIENT_FOLDER = join(import.meta.dirname, 'client');
const INSTALL_WITHIN_MS = 10 * 60_000;

/** A registry that cannot be reached: nothing is wrong here, and nothing can be tried. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

/** Something that a person has to see to before this can run. */
export class SetUpError extends Error {
  override name = 'SetUpError';
}

/** The programs of Lambda's runtime. */
export interface LambdaRuntime {
  /** Takes invocations over HTTP, and hands them to a runtime. */
  emulator: string;
  /** What asks it for them, and calls the handler of a Node.js function. */
  client: string;
}

/**
 * Installs the programs outside of the repository, by their versions, unless they are there already.
 *
 * @throws UnreachableError, SetUpError
 */
export function installRuntime(): LambdaRuntime {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'channel-usage-analytics');
  mkdirSync(cache, { recursive: true });
  return { emulator: installEmulator(cache), client: installClient(cache) };
}

function installEmulator(cache: string): string {
  const folder = join(cache, `aws-lambda-rie-${EMULATOR_VERSION}`);
  return installOnce(cache, folder, 'aws-lambda-rie', (place) =>
    run(
      ['go', 'install', `${EMULATOR_MODULE}/cmd/aws-lambda-rie@${EMULATOR_VERSION}`],
      { GOBIN: place },
      place,
      'on Debian: apt-get install golang-go',
    ),
  );
}

function installClient(cache: string): string {
  const wanted = JSON.parse(readFileSync(join(CLIENT_FOLDER, 'package.json'), 'utf8'));
  const { dependencies } = clientPackage.parse(wanted);
  const version = dependencies['aws-lambda-ric'];
  const folder = join(cache, `aws-lambda-ric-${version}-node-${process.versions.modules}`);
  return installOnce(cache, folder, 'node_modules/aws-lambda-ric/index.mjs', (place) => {
    cpSync(CLIENT_FOLDER, place, { recursive: true });
    // It builds its own HTTP client, in C++, with the Node.js that runs it.
    const advice = 'on Debian: apt-get install cmake g++ make python3 xz-utils';
    run(['npm', 'ci', '--no-audit', '--no-fund', '--foreground-scripts'], {}, place, advice);
  });
}

const clientPackage = z.object({ dependencies: z.object({ 'aws-lambda-ric': z.string() }) });

/** Installs into a folder of its own, and moves it to its place as a whole: what is there is complete. */
function installOnce(
  cache: string,
  folder: string,
  program: string,
  install: (place: string) => void,
): string {
  const path = join(folder, program);
  if (existsSync(path)) return path;
  const place = mkdtempSync(join(cache, 'installing-'));
  try {
    install(place);
    rmSync(folder, { recursive: true, force: true });
    renameSync(place, folder);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  if (!existsSync(path)) throw new SetUpError(`${path} is not there after it was installed`);
  return path;
}

/** What Go and npm say where a registry does not answer. */
const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b|no such host|connection refused|i\/o timeout|network is unreachable|connection reset|TLS handshake timeout/;

function run(
  [command = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
  cwd: string,
  advice: string,
): void {
  const PATH = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: INSTALL_WITHIN_MS,
    env: { ...process.env, PATH, ...environment },
  });
  if (status === 0) return;
  const said = `${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`.slice(-2_000);
  if (UNREACHABLE.test(said)) throw new UnreachableError(`${command} cannot reach its registry:\n${said}`);
  throw new SetUpError(`${[command, ...args].join(' ')} failed (${advice}):\n${said}`);
}
