import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, vi } from 'vitest';
import { checkTarget } from '../../infra/commands/check-target.ts';
import { test as fixture } from '../support/fixture.ts';

const COMMAND = join(import.meta.dirname, '../../infra/commands/main.ts');
const KEYS = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
const ACCOUNT = '111111111111';

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
  <Arn>arn:aws:iam::${ACCOUNT}:user/me</Arn><UserId>me</UserId><Account>${ACCOUNT}</Account>
  </GetCallerIdentityResult></GetCallerIdentityResponse>`;
const EXPIRED = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
  <Code>ExpiredToken</Code><Message>The security token is expired</Message></Error></ErrorResponse>`;

/** The variables by which tests reach nothing but what they name, on a machine of whatever kind. */
function nowhere(folder: string) {
  return {
    HOME: folder,
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

const test = fixture
  /** Runs a command as it is, with an environment of its own; `made` tells whether a template was begun. */
  .extend('run', ({ folder }) => async (args: readonly string[], environment: Record<string, string>) => {
    const output = join(folder, 'cdk.out');
    const env = { ...nowhere(folder), ...environment };
    const child = execFile(process.execPath, [COMMAND, ...args, '--output', output], { env });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: string) => {
        said += text;
      });
    }
    const [code] = await once(child, 'close');
    return { code, said, made: existsSync(output) };
  })
  /** Answers in the place of AWS's STS, or of an emulator, whatever it is asked. */
  .extend('startAnswering', ({ onTestFinished }) => async (status: number, body: string) => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    });
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('before a template is made', () => {
  test.for(['deploy', 'diff', 'destroy'])(
    '%s says that there are no credentials',
    async (command, { run }) => {
      const { code, made, said } = await run([command, '--stage', 'dev'], { AWS_REGION: 'eu-central-1' });
      expect({ code, made }).toEqual({ code: 1, made: false });
      expect(said).toMatch(/^No credentials of an AWS account were found .* the profile 'default'.*\n$/);
    },
  );

  test('a deploy names the profile that is not there', async ({ run }) => {
    const { code, made, said } = await run(['deploy', '--stage', 'dev'], {
      AWS_REGION: 'eu-central-1',
      AWS_PROFILE: 'mine',
    });
    expect({ code, made }).toEqual({ code: 1, made: false });
    expect(said).toMatch(/^No credentials .* the profile 'mine'/);
  });

  test('a deploy says that there is no region', async ({ run }) => {
    const { AWS_REGION, ...keys } = KEYS;
    const { code, made, said } = await run(['deploy', '--stage', 'dev'], keys);
    expect({ code, made }).toEqual({ code: 1, made: false });
    expect(said).toMatch(/^No region was found in AWS_REGION, .* Set AWS_REGION/);
  });

  test('a deploy says that nothing answers at the endpoint', async ({ run, startAnswering }) => {
    // Nobody listens there, or speaks HTTP.
    const endpoint = (await startAnswering(200, '')).replace('http:', 'https:');
    for (const [args, environment] of [
      [['--endpoint', endpoint], {}],
      [[], { AWS_ENDPOINT_URL: endpoint }],
    ] as const) {
      const { code, made, said } = await run(['deploy', '--stage', 'dev', ...args], environment);
      expect({ code, made }).toEqual({ code: 1, made: false });
      expect(said).toContain(`Nothing answers at ${endpoint}`);
      expect(said).toContain('Start the emulator there');
    }
  });

  test('a deploy refuses another account than the one that may be touched', async ({
    run,
    startAnswering,
  }) => {
    const { code, made, said } = await run(['deploy', '--stage', 'dev', '--account', '222222222222'], {
      ...KEYS,
      AWS_ENDPOINT_URL_STS: await startAnswering(200, IDENTITY),
    });
    expect({ code, made }).toEqual({ code: 1, made: false });
    expect(said).toContain(
      `The credentials are of the account ${ACCOUNT}, and --account allows 222222222222 alone.`,
    );
  });

  test('a deploy says that the credentials have expired', async ({ run, startAnswering }) => {
    const { code, made, said } = await run(['deploy', '--stage', 'dev'], {
      ...KEYS,
      AWS_ENDPOINT_URL_STS: await startAnswering(403, EXPIRED),
    });
    expect({ code, made }).toEqual({ code: 1, made: false });
    expect(said).toMatch(/ExpiredToken: The security token is expired.* sign in again/);
  });
});

describe('a target', () => {
  test('is deployed to when the credentials are of an account that may be touched', async ({
    folder,
    startAnswering,
  }) => {
    const environment = {
      ...nowhere(folder),
      ...KEYS,
      AWS_ENDPOINT_URL_STS: await startAnswering(200, IDENTITY),
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    await expect(checkTarget({}, environment, undefined)).resolves.toBeUndefined();
    await expect(checkTarget({}, environment, ACCOUNT)).resolves.toBeUndefined();
  });

  test('whose profile wants a code of a second factor is left to the CDK, which asks for it', async ({
    folder,
  }) => {
    const environment = { ...nowhere(folder), AWS_PROFILE: 'admin' };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    const profiles = `[profile base]\naws_access_key_id = id\naws_secret_access_key = secret\n
[profile admin]\nregion = eu-central-1\nsource_profile = base\nrole_arn = arn:aws:iam::${ACCOUNT}:role/admin
mfa_serial = arn:aws:iam::${ACCOUNT}:mfa/me\n`;
    await writeFile(environment.AWS_CONFIG_FILE, profiles);
    await expect(checkTarget({}, environment, '222222222222')).resolves.toBeUndefined();
  });

  test('is deployed to when an emulator answers, whatever it says', async ({ startAnswering }) => {
    const endpoint = await startAnswering(404, '');
    await expect(checkTarget({ endpoint }, {}, undefined)).resolves.toBeUndefined();
  });
});
