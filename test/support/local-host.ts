import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { readIfThere } from '../../local/support/durable-file.ts';
import { keepRequestOutOfLogs, watchLog } from './log-watch.ts';

const MAIN = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
const START_WITHIN_MS = 15_000;
const LOOKS = 300;
const BETWEEN_LOOKS_MS = 50;

/** How a local host ended. */
export interface HostExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A local host that runs as a process of its own. */
export interface RunningHost {
  url: string;
  apiKey: string;
  dataFolder: string;
  process: ChildProcess;
  /** What it has said so far. */
  output(): string;
  exit: Promise<HostExit>;
}

export interface HostStart {
  dataFolder: string;
  options?: readonly string[];
  environment?: Record<string, string>;
  /** The user to run as; only root may choose another one. */
  userId?: number;
}

const running = new Set<ChildProcess>();
const folders: string[] = [];

/** A new folder under the system's temporary one. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'local-host-'));
  folders.push(folder);
  return folder;
}

/** Ends every host that a test left running, and deletes the temporary folders. */
export async function cleanUp(): Promise<void> {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  for (const folder of folders.splice(0)) {
    watchLog((await readIfThere(join(folder, 'host.log'))) ?? '');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Starts a local host on a free port, and waits until it ends: for those that cannot run. */
export async function runHost(start: HostStart): Promise<HostExit> {
  return spawnHost(start).exit;
}

/** Starts a local host on a free port, and waits until it serves. */
export async function startLocalHost(start: HostStart): Promise<RunningHost> {
  const { child, output, exit } = spawnHost(start);
  const { dataFolder } = start;
  const serving = until(() => {
    const [, url] = /serves at (\S+)/.exec(output()) ?? [];
    const [, apiKey] = /API key +(\S+)/.exec(output()) ?? [];
    return url === undefined || apiKey === undefined || !output().includes('Ctrl-C stops')
      ? undefined
      : { url, apiKey };
  }, START_WITHIN_MS / BETWEEN_LOOKS_MS);
  const ended = exit.then(({ stderr }) => {
    throw new Error(`the local host ended: ${stderr}`);
  });
  const found = await Promise.race([serving, ended]);
  ended.catch(() => {});
  keepRequestOutOfLogs({ authorization: `Bearer ${found.apiKey}` });
  return { ...found, dataFolder, process: child, output, exit };
}

function spawnHost({ dataFolder, options = [], environment = {}, userId }: HostStart) {
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--data', dataFolder, ...options], {
    env: { ...process.env, LOCAL_API_KEY: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(userId !== undefined && { uid: userId }),
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = new Promise<HostExit>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { child, exit, output: () => stdout };
}

/** Looks again and again, a bounded number of times, until there is something to see. */
export async function until<Result>(
  look: () => Result | undefined | Promise<Result | undefined>,
  looks = LOOKS,
): Promise<Result> {
  for (let made = 0; made < looks; made += 1) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await pause(BETWEEN_LOOKS_MS);
  }
  throw new Error(`nothing was to be seen after ${looks} looks`);
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
