import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanUp, runHost, startLocalHost, temporaryFolder } from '../../support/host/local-host.ts';
import { hostWithoutDynoxide, pathWithJava } from '../../support/host/without-dynoxide.ts';

// Which database a local host runs on, where there is no dynoxide.

afterEach(cleanUp);

describe('without a dynoxide', () => {
  it.each([
    ['without Java', undefined, 'there is none on the PATH'],
    ['with an old Java', 'openjdk version "11.0.21"', 'the one on the PATH is Java 11'],
  ])('and %s, a host says in a paragraph what helps', async (_, version, problem) => {
    const PATH = await pathWithJava(version);
    const dataFolder = await temporaryFolder();
    const { code, stdout, stderr } = await runHost({
      dataFolder,
      program: await hostWithoutDynoxide(),
      environment: { PATH },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `there is no database to run on. Install dynoxide, a DynamoDB in one program, for ${process.platform}-${process.arch}: ` +
        'npm install --no-save dynoxide, brew install nubo-db/tap/dynoxide, or cargo install dynoxide-rs. ' +
        'Or install Java, and the host runs on the official DynamoDB Local by itself: ' +
        `DynamoDB Local needs Java 17 or newer, and ${problem}. ` +
        'Or name a DynamoDB that runs: npm start -- --dynamodb-endpoint http://127.0.0.1:8000\n',
    );
    expect(await readdir(dataFolder)).not.toContain('dynamodb-local');
  });

  it('data that dynoxide has kept is not passed over', async () => {
    const dataFolder = await temporaryFolder();
    const host = await startLocalHost({ dataFolder, options: ['--no-sample'] });
    host.process.kill('SIGINT');
    await host.exit;
    const { code, stderr } = await runHost({ dataFolder, program: await hostWithoutDynoxide() });
    expect(code).toBe(1);
    expect(stderr).toMatch(/dynamodb\.sqlite is of dynoxide, and there is none here for [^\n]*\n$/);
  });

  it('neither is data that DynamoDB Local has kept, where there is no Java', async () => {
    const dataFolder = await temporaryFolder();
    const host = await startLocalHost({ dataFolder, options: ['--no-sample', '--fresh'] });
    host.process.kill('SIGINT');
    await host.exit;
    await rm(join(dataFolder, 'dynamodb.sqlite'));
    await mkdir(join(dataFolder, 'dynamodb-local'));
    await writeFile(join(dataFolder, 'dynamodb-local', '0_local.db'), '');
    const { code, stderr } = await runHost({ dataFolder, environment: { PATH: await pathWithJava() } });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /dynamodb-local is of DynamoDB Local, which cannot run here: [^\n]* there is none on the PATH/,
    );
    expect(stderr.split('\n')).toHaveLength(2);
  });
});
