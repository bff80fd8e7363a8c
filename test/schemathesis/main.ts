import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { SCOPES } from '../../functions/shared/domain/api-key.ts';
import { makeApiKey } from '../../functions/shared/domain/api-key-text.ts';

// Tries the local host with requests that Schemathesis makes from the OpenAPI document. What is given on
// the command line goes to Schemathesis, such as `--seed 7` or `--max-examples 1000`.

const FOLDER = import.meta.dirname;
const REPOSITORY = join(FOLDER, '../..');
const SEED = ['--seed', '1'];
const READY_WITHIN_MS = 30_000;

/** Something that a person has to see to before this can run. */
class SetUpError extends Error {
  override name = 'SetUpError';
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function main(options: readonly string[]): Promise<number> {
  const schemathesis = await installSchemathesis();
  const apiKey = makeApiKey({ scopes: SCOPES, peers: 'all' }, 0, randomBytes).key;
  const folder = await mkdtemp(join(tmpdir(), 'schemathesis-'));
  try {
    const host = await startLocalHost(join(folder, 'data'), apiKey);
    try {
      await recordMessages(host.url, apiKey);
      const configuration = ['--config-file', join(FOLDER, 'schemathesis.toml')];
      const run = spawn(
        schemathesis,
        [...configuration, 'run', `${host.url}/api/v1/openapi.json`, ...SEED, ...options],
        { cwd: folder, stdio: 'inherit', env: { ...process.env, API_KEY: apiKey } },
      );
      const [exitCode] = await once(run, 'close');
      return Number(exitCode ?? 1);
    } finally {
      await host.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Installs Schemathesis into a virtual environment, unless it is there already; gives the path to it. */
async function installSchemathesis(): Promise<string> {
  const requirements = join(FOLDER, 'requirements.txt');
  const version = (await readFile(requirements, 'utf8')).trim().replace(/[^\w.]+/g, '-');
  const environment = join(REPOSITORY, 'node_modules/.cache', version);
  const schemathesis = join(environment, 'bin/schemathesis');
  if (await exists(schemathesis)) return schemathesis;
  process.stdout.write(`Installing ${version}\n`);
  await mkdir(join(environment, '..'), { recursive: true });
  const python = process.env['PYTHON'] ?? 'python3';
  runOrExplain(
    [python, '-m', 'venv', '--clear', environment],
    `${python} cannot make a virtual environment; it takes Python 3.10 or later with venv (on Debian: apt-get install python3-venv)`,
  );
  runOrExplain(
    [join(environment, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
    'Schemathesis cannot be installed from the Python package index',
  );
  return schemathesis;
}

function runOrExplain([command = '', ...args]: readonly string[], problem: string): void {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new SetUpError(problem);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

interface LocalHost {
  url: string;
  stop(): Promise<void>;
}

async function startLocalHost(dataFolder: string, apiKey: string): Promise<LocalHost> {
  const host = spawn(
    process.execPath,
    [join(REPOSITORY, 'local/main.ts'), '--no-sample', '--port', '0', '--data', dataFolder],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, LOCAL_API_KEY: apiKey } },
  );
  const closed = once(host, 'close');
  const stop = async () => {
    host.kill('SIGTERM');
    await closed;
  };
  const tooLate = setTimeout(() => host.kill('SIGKILL'), READY_WITHIN_MS);
  const url = await Promise.race([urlIn(createInterface({ input: host.stdout })), closed]);
  clearTimeout(tooLate);
  if (typeof url !== 'string') throw new SetUpError('the local host did not start');
  return { url, stop };
}

/** The first URL in what is read; the rest is read on, because whoever writes would wait for that. */
function urlIn(lines: Interface): Promise<string> {
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const [url] = /http:\/\/\S+/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}

/** Gives it some peers and channels, so that answers are not empty. */
async function recordMessages(url: string, apiKey: string): Promise<void> {
  for (const peerId of ['peer_123', 'peer_hr', 'peer#%23/ü']) {
    const messages = ['direct', 'integration_123'].map((channelId) => ({
      messageId: 'message-1',
      conversationId: channelId,
      channelId,
      role: 'user',
      galleryKey: 'webchat',
    }));
    const answer = await fetch(`${url}/api/v1/peer/${encodeURIComponent(peerId)}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages }),
    });
    if (!answer.ok) throw new SetUpError(`the local host answered ${answer.status} to the first messages`);
  }
}
