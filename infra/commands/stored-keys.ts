import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { StackOutputs } from '../stack-outputs.ts';

const KEYS_COMMAND = join(import.meta.dirname, '../../tools/commands/keys.ts');
const WITHIN_MS = 30_000;

const keys = z.array(z.object({ state: z.string() }));

/**
 * Whether a stack that was deployed has an API key that is valid. It is asked as a person would: by `npm run keys`, in a
 * process of its own.
 *
 * @param options those by which commands name the stack
 * @param environment what reaches the stack's account, or the emulator
 * @returns `false` where it cannot be found out
 */
export async function hasStoredKey(
  { Region }: Pick<StackOutputs, 'Region'>,
  options: string,
  environment: NodeJS.ProcessEnv,
): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [KEYS_COMMAND, 'list', ...options.split(' '), '--json'],
      { env: { ...environment, AWS_REGION: Region }, timeout: WITHIN_MS },
    );
    return keys.parse(JSON.parse(stdout)).some(({ state }) => state === 'active');
  } catch {
    // Then its making is explained once too often, and nothing else is wrong.
    return false;
  }
}
