import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { HOST_HEALTH, type HostHealth, hostHealthAnswer } from '../../../local/sample/sample-status.ts';
import { readIfThere } from '../../../local/support/durable-file.ts';
import { keepRequestOutOfLogs, watchLog } from '../logs/log-watch.ts';
import { FOLDER_VARIABLE } from '../permissions/judgement.ts';
import { Program, type ProgramExit } from './program.ts';

const MAIN = fileURLToPath(new URL('../../../local/main.ts', import.meta.url));
/** Holds its functions to their policies, where tests are run so. */
const HOLD_HOST = new URL('../permissions/hold-host.ts', import.meta.url).href;
const BECOME_NOBODY = new URL('./become-nobody.ts', import.meta.url).href;
/** The last that it says before it waits for requests. */
const READY = 'Ctrl-C stops';
/** Ten minutes: what is looked for comes within a second where nothing else runs. */
const LOOKS = 12_000;
const BETWEEN_LOOKS_MS = 50;

/** A local host that runs as a process of its own. */
export interface RunningHost extends Pick<Program, 'process' | 'exit' | 'output' | 'said'> {
  url: string;
  apiKey: string;
  dataFolder: string;
}

export interface HostStart {
  dataFolder: string;
  options?: readonly string[];
  environment?: Record<string, string>;
  /** Whether it comes to its data folder as a user without rights, where root starts it. */
  asNobody?: boolean;
  /** The program, and the options of Node.js that it runs with, where it is not this repository's own. */
  program?: HostProgram;
  /** What a shell does before it becomes the host, such as `ulimit -f 0`. */
  before?: string;
}

/** A local host to be run. */
export interface HostProgram {
  main: string;
  nodeOptions: readonly string[];
}

/** This repository's own host. */
export const THIS_HOST: HostProgram = { main: MAIN, nodeOptions: [] };

const running = new Set<Program>();
const folders: string[] = [];

/** A new folder under the system's temporary one. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'local-host-'));
  folders.push(folder);
  return folder;
}

/** Ends every host that a test left running, and deletes the temporary folders. */
export async function cleanUp(): Promise<void> {
  for (const host of running) {
    running.delete(host);
    host.process.kill('SIGKILL');
    await host.exit.catch(() => {});
  }
  for (const folder of folders.splice(0)) {
    watchLog((await readIfThere(join(folder, 'host.log'))) ?? '');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Starts a local host that cannot run, and waits until it ends.
 *
 * @throws Error where it runs
 */
export async function runHost(start: HostStart): Promise<ProgramExit> {
  const host = spawnHost(start);
  const serving = host.said(READY).then(() => {
    throw new Error('the local host runs, where it was to end');
  });
  return Promise.race([host.exit, serving]);
}

/**
 * Starts a local host on a free port, and waits until it serves.
 *
 * @throws Error where it ends before that
 */
export async function startLocalHost(start: HostStart): Promise<RunningHost> {
  const host = spawnHost(start);
  await host.said(READY);
  const [, url = ''] = /serves at (\S+)/.exec(host.output()) ?? [];
  const [, apiKey = ''] = /API key +(\S+)/.exec(host.output()) ?? [];
  keepRequestOutOfLogs({ authorization: `Bearer ${apiKey}` });
  return {
    url,
    apiKey,
    dataFolder: start.dataFolder,
    process: host.process,
    exit: host.exit,
    output: () => host.output(),
    said: (words) => host.said(words),
  };
}

/** Starts a local host on a free port. */
export function spawnHost({
  dataFolder,
  options = [],
  environment = {},
  asNobody = false,
  program = THIS_HOST,
  before = ':',
}: HostStart): Program {
  const holding = FOLDER_VARIABLE in process.env ? ['--import', HOLD_HOST] : [];
  const becoming = asNobody && process.getuid?.() === 0 ? ['--import', BECOME_NOBODY] : [];
  const host = new Program(
    'sh',
    [
      '-c',
      `${before}; exec "$0" "$@"`,
      process.execPath,
      ...holding,
      ...becoming,
      ...program.nodeOptions,
      program.main,
      ...['--port', '0', '--data', dataFolder, ...options],
    ],
    { env: { ...process.env, LOCAL_API_KEY: '', ...environment } },
  );
  running.add(host);
  return host;
}

/**
 * Looks again and again until there is something to see, a bounded number of times.
 *
 * @throws Error where there is not, or `look` fails, as it does where it asks a host that has ended
 */
export async function until<Result>(
  look: () => Result | undefined | Promise<Result | undefined>,
): Promise<Result> {
  for (let made = 0; made < LOOKS; made += 1) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await pause(BETWEEN_LOOKS_MS);
  }
  throw new Error(`nothing was to be seen after ${LOOKS} looks`);
}

const stats = z.object({
  channels: z.array(
    z.object({
      channelId: z.string(),
      channelName: z.string(),
      galleryKey: z.exactOptional(z.string()),
      conversationCount: z.number(),
      messageCount: z.number(),
    }),
  ),
  total: z.object({ conversationCount: z.number(), messageCount: z.number() }),
});
export type Stats = z.output<typeof stats>;

/** What the host tells of its sample. */
export async function hostHealth({ url }: Pick<RunningHost, 'url'>): Promise<HostHealth> {
  const response = await fetch(`${url}${HOST_HEALTH}`);
  return hostHealthAnswer.parse(await response.json());
}

/** The channel-stats of a peer. */
export async function channelStats(
  { url, apiKey }: Pick<RunningHost, 'url' | 'apiKey'>,
  peerId: string,
): Promise<Stats> {
  const response = await fetch(`${url}/api/v1/peer/${peerId}/channel-stats`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  return stats.parse(await response.json());
}

/** The channel-stats of a peer, as soon as they hold so many messages. */
export function statsWith(
  host: Pick<RunningHost, 'url' | 'apiKey'>,
  peerId: string,
  messageCount: number,
): Promise<Stats> {
  return until(async () => {
    const answer = await channelStats(host, peerId);
    return answer.total.messageCount >= messageCount ? answer : undefined;
  });
}

/** Records messages of a peer; gives what the service answers. */
export async function postMessages(
  { url, apiKey }: Pick<RunningHost, 'url' | 'apiKey'>,
  peerId: string,
  messages: readonly object[],
): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ messages });
  keepRequestOutOfLogs(headers, body);
  const response = await fetch(`${url}/api/v1/peer/${peerId}/messages`, { method: 'POST', headers, body });
  return { status: response.status, body: await response.json() };
}
