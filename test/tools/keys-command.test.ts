import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, startLocalHost, temporaryFolder } from '../support/host/local-host.ts';

// The command as it is typed, on the data of a local host that runs, and of one that does not.

const TOOL = fileURLToPath(new URL('../../tools/commands/keys.ts', import.meta.url));

afterEach(cleanUp);

function keys(argumentsGiven: string[], environment: Record<string, string> = {}) {
  return new Promise<{ code: number | string | undefined; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [TOOL, ...argumentsGiven],
      { env: { ...process.env, ...environment } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : (error.code ?? undefined), stdout, stderr }),
    );
  });
}

test('keys are made for a host that runs, and stay when it has stopped', async () => {
  const folder = await temporaryFolder();
  const data = ['--data', folder];
  const host = await startLocalHost({ dataFolder: folder, options: ['--no-sample'] });
  const get = async (key: string, peerId: string) =>
    (
      await fetch(`${host.url}/api/v1/peer/${peerId}/channel-stats`, {
        headers: { authorization: `Bearer ${key}` },
      })
    ).status;

  const created = await keys(['create', ...data, '--peers', 'peer_hr', '--scopes', 'stats:read']);
  expect(created).toMatchObject({ code: 0 });
  const key = created.stdout.trim();
  expect(await get(key, 'peer_hr')).toBe(200);
  expect(await get(key, 'peer_123')).toBe(403);

  host.process.kill('SIGINT');
  await host.exit;
  const [, keyId = ''] = key.split('_');
  expect(await keys(['revoke', keyId, ...data])).toMatchObject({ code: 0, stdout: '' });
  const listed = await keys(['list', '--json', ...data]);
  expect(JSON.parse(listed.stdout)).toEqual([
    expect.objectContaining({ label: 'local host', peers: 'all', state: 'active' }),
    expect.objectContaining({ keyId, peers: ['peer_hr'], state: 'revoked' }),
  ]);
});

test('without credentials, AWS is an error in a line', async () => {
  const folder = await temporaryFolder();
  const { code, stdout, stderr } = await keys(['list', '--aws', '--table', 'usage'], {
    HOME: folder,
    AWS_REGION: 'eu-central-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_PROFILE: '',
  });
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'error: usage in AWS cannot be used: ' +
      'there are no AWS credentials; set AWS_PROFILE, or what your organization uses\n',
  });
});
