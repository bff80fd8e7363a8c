import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

const CDK = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');
const REPOSITORY = join(import.meta.dirname, '../..');

/**
 * Runs the CDK's command line, with this terminal as its own.
 *
 * @param environment its environment variables
 * @returns its exit code
 */
export async function cdk(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const path = [dirname(process.execPath), environment['PATH'] ?? ''].join(delimiter);
  const child = spawn(process.execPath, [CDK, ...args], {
    cwd: REPOSITORY,
    // The app is started with the `node` of the path, which has to be this one.
    env: { ...environment, PATH: path },
    stdio: 'inherit',
  });
  const [code] = await once(child, 'close');
  return typeof code === 'number' ? code : 1;
}
