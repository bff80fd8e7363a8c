import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keepRequestOutOfLogs } from '../../support/logs/log-watch.ts';

// Keys as a person makes them: with the command, on the data of a host that runs.

const TOOL = fileURLToPath(new URL('../../../tools/commands/keys.ts', import.meta.url));
const run = promisify(execFile);

/** Makes a key. @param options those of `npm run keys -- create` */
export async function createKey(dataFolder: string, ...options: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [TOOL, 'create', '--data', dataFolder, ...options]);
  const key = stdout.trim();
  keepRequestOutOfLogs({ authorization: `Bearer ${key}` });
  return key;
}

/** Revokes a key. */
export async function revokeKey(dataFolder: string, key: string): Promise<void> {
  const [, keyId = ''] = key.split('_');
  await run(process.execPath, [TOOL, 'revoke', keyId, '--data', dataFolder]);
}
