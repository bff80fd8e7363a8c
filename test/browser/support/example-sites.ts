import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { keepRequestOutOfLogs } from '../../support/logs/log-watch.ts';

// The examples, run as their README says: a server of their own, with a key, before a service.

const REPOSITORY = join(import.meta.dirname, '../../..');
const run = promisify(execFile);
const vite = join(createRequire(import.meta.url).resolve('vite/package.json'), '../bin/vite.js');

/** The server of an example. */
export interface ExampleSite {
  url: string;
  stop(): Promise<void>;
}

export interface ExampleStart {
  /** What it serves. */
  folder: string;
  serviceUrl: string;
  key: string;
  /** 0 for any. */
  port?: string;
}

const running = new Set<ChildProcess>();

/** Starts the server of an example. */
export async function startExample({
  folder,
  serviceUrl,
  key,
  port = '0',
}: ExampleStart): Promise<ExampleSite> {
  keepRequestOutOfLogs({ authorization: `Bearer ${key}` });
  const server = spawn(process.execPath, ['examples/proxy/server.mjs', folder], {
    cwd: REPOSITORY,
    env: { ...process.env, PORT: port, SERVICE_URL: serviceUrl, CHANNEL_USAGE_API_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(server);
  const [line] = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line'),
    once(server, 'close').then(() => []),
  ]);
  const [url] = /http:\/\/[^/]+/.exec(String(line)) ?? [];
  if (url === undefined) throw new Error(`the server of ${folder} did not start: ${line}`);
  return { url, stop: () => end(server) };
}

/** Ends the servers that tests left running. */
export async function stopExamples(): Promise<void> {
  for (const server of running) await end(server);
}

async function end(server: ChildProcess): Promise<void> {
  running.delete(server);
  if (server.exitCode !== null) return;
  const closed = once(server, 'close');
  server.kill('SIGTERM');
  await closed;
}

/** Builds an example. @param name its folder within `examples/` */
export async function buildExample(name: string, outFolder: string): Promise<void> {
  await run(
    process.execPath,
    [vite, 'build', `examples/${name}`, '--outDir', outFolder, '--emptyOutDir', '--logLevel', 'error'],
    { cwd: REPOSITORY, env: { ...process.env, NODE_ENV: 'production' } },
  );
}
