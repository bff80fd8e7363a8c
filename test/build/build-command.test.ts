import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const BUILD = join(import.meta.dirname, '../../build/build.js');

/** Runs what npm runs, as another version of Node.js would. */
async function build(version: string, environment: Record<string, string>) {
  const versions = JSON.stringify({ ...process.versions, node: version });
  const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', { value: ${versions} })`;
  const env = { ...process.env, npm_config_user_agent: '', npm_lifecycle_event: '', ...environment };
  const child = execFile(process.execPath, ['--import', pretend, BUILD], { env });
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text) => {
    said.stdout += text;
  });
  child.stderr?.on('data', (text) => {
    said.stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, ...said };
}

test.each(['20.20.2', '22.17.1'])('a Node.js that is too old is told in a line: %s', async (version) => {
  expect(await build(version, { npm_lifecycle_event: 'prepare' })).toEqual({
    code: 1,
    stdout: '',
    stderr: `Node.js ${version} is too old: 22.18 or newer is needed here.\n`,
  });
});

test('npm ci says in a line that npm itself runs on an older one', async () => {
  const environment = {
    npm_config_user_agent: 'npm/11.19.1 node/v20.20.2 linux x64 workspaces/false',
    npm_lifecycle_event: 'prepare',
  };
  expect(await build('24.21.0', environment)).toEqual({
    code: 0,
    stdout:
      'npm runs on Node.js 20.20.2, which is older than 22.18: the npm scripts of this repository run on the ' +
      '24.21.0 that was installed with them.\n',
    stderr: '',
  });
  expect(await build('24.21.0', { ...environment, npm_lifecycle_event: 'prestart' })).toMatchObject({
    stdout: '',
  });
});

test.each(['22.18.0', '23.6.0', '24.21.0'])('nothing is said of one that will do: %s', async (version) => {
  const npm_config_user_agent = `npm/11.19.1 node/v${version} linux x64`;
  expect(await build(version, { npm_config_user_agent, npm_lifecycle_event: 'prepare' })).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});
