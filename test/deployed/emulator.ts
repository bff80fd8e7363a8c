import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { freePort } from '../../local/database/dynamodb-process.ts';
import type { Shell } from './shell.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
/** Where the emulator is installed, and what is made with it; git ignores it. */
export const EMULATOR_FOLDER = join(REPOSITORY, '.emulator');

const INSTALL_WITHIN_MS = 5 * 60_000;
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 5_000;

// Ends the emulator and the functions that it runs when this process ends in whatever way, `kill -9`
// included: then its standard input, which is ours, is closed.
const SUPERVISED =
  'exec 3<&0; "$0" "$@" 3<&- & child=$!; { cat <&3 >/dev/null; kill -KILL 0; } & wait "$child"';

/** The emulator cannot be installed or started here; the message says what to do about it. */
export class EmulatorError extends Error {
  override name = 'EmulatorError';
}

/** An emulator of AWS that runs on 127.0.0.1. */
export interface Emulator {
  endpoint: string;
  /** What it says, for when something is wrong. */
  logFile: string;
  stop(): Promise<void>;
}

/**
 * Installs the emulator into a virtual environment of Python, unless it is there already.
 *
 * @returns its program
 */
export function installEmulator(): string {
  const environment = join(EMULATOR_FOLDER, 'python');
  const marker = join(environment, 'installed');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  const program = join(environment, 'bin', 'ministack');
  if (existsSync(program) && existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return program;
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(EMULATOR_FOLDER, { recursive: true });
  install(
    'python3',
    ['-m', 'venv', environment],
    'Python 3.10 or newer with its venv module is needed; on Debian: apt-get install python3-venv',
  );
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--requirement',
    REQUIREMENTS,
  ];
  install(join(environment, 'bin', 'python'), pip, 'pip could not install the emulator');
  writeFileSync(marker, wanted);
  return program;
}

function install(command: string, args: string[], advice: string): void {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: INSTALL_WITHIN_MS,
  });
  if (status === 0) return;
  throw new EmulatorError(`${advice}\n${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`);
}

/** Starts the emulator, with nothing in it, on a free port. @throws EmulatorError */
export async function startEmulator(program: string): Promise<Emulator> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const logFile = join(EMULATOR_FOLDER, 'emulator.log');
  // Outside of the repository, whose package.json would make the emulator's own scripts into ES modules.
  const folder = mkdtempSync(join(tmpdir(), 'emulator-'));
  const log = openSync(logFile, 'w');
  const child = spawn('sh', ['-c', SUPERVISED, program], {
    detached: true,
    stdio: ['pipe', log, log],
    env: {
      HOME: folder,
      TMPDIR: folder,
      // Functions run with the `node` of the path: with the one that runs this.
      PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
      // Holds functions to their roles.
      AUTH: 'true',
      PERSIST_STATE: '0',
      STATE_DIR: join(folder, 'state'),
      S3_DATA_DIR: join(folder, 's3'),
    },
  });
  closeSync(log);
  // It is closed when the emulator is gone.
  child.stdin?.on('error', () => {});
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      await stop(child, folder);
      throw new EmulatorError(`the emulator did not start:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    }
    await pause(100);
  }
  return { endpoint, logFile, stop: () => stop(child, folder) };
}

/**
 * Prepares the emulator for the CDK.
 *
 * @param shell runs commands
 */
export async function bootstrapEmulator({ endpoint }: Emulator, shell: Shell): Promise<void> {
  const account = '000000000000/us-east-1';
  await shell.succeed(
    `cdk bootstrap aws://${account} --context emulator=true --output ${EMULATOR_FOLDER}/cdk.out`,
  );
  const script = join(import.meta.dirname, 'allow-plain-http.py');
  const bucket = `cdk-hnb659fds-assets-${account.replace('/', '-')}`;
  await shell.succeed(`${join(EMULATOR_FOLDER, 'python/bin/python')} ${script} ${endpoint} ${bucket}`);
}

/** Ends the emulator with all that it started, and deletes its files. */
async function stop(child: ChildProcess, folder: string): Promise<void> {
  const isRunning = child.exitCode === null && child.signalCode === null;
  const ended = isRunning ? once(child, 'exit') : Promise.resolve();
  signalGroup(child, 'SIGTERM');
  await Promise.race([ended, pause(STOP_WITHIN_MS, undefined, { ref: false })]);
  signalGroup(child, 'SIGKILL');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(`${endpoint}/_ministack/health`);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
