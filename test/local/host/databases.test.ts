import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedDynamoDB } from '../../../local/database/embedded-dynamodb.ts';
import { cleanUp, runHost, startLocalHost, temporaryFolder } from '../../support/host/local-host.ts';
import { hostWithoutDynoxide, pathWithJava } from '../../support/host/without-dynoxide.ts';

// Which database a local host runs on, where there is no dynoxide or another one is named.

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

describe('a dynoxide that is named', () => {
  it('has an index on its stream where its file is named too', async () => {
    const databaseFile = join(await temporaryFolder(), 'data.sqlite');
    const database = await startEmbeddedDynamoDB({ databaseFile });
    try {
      const file = new DatabaseSync(databaseFile);
      file.exec('DROP INDEX _stream_records_in_order');
      const dataFolder = await temporaryFolder();
      const options = [
        '--no-sample',
        '--dynamodb-endpoint',
        database.endpoint,
        '--dynamodb-file',
        databaseFile,
      ];
      const host = await startLocalHost({ dataFolder, options });
      const query = "SELECT tbl_name FROM sqlite_master WHERE name = '_stream_records_in_order'";
      expect(file.prepare(query).get()).toMatchObject({ tbl_name: '_stream_records' });
      file.close();
      host.process.kill('SIGINT');
      await host.exit;
    } finally {
      await database.stop();
    }
  });

  it('is not asked for a file that is none', async () => {
    const file = join(await temporaryFolder(), 'nothing.sqlite');
    const options = ['--dynamodb-endpoint', 'http://127.0.0.1:9', '--dynamodb-file', file];
    expect(await runHost({ dataFolder: await temporaryFolder(), options })).toMatchObject({
      code: 1,
      stderr: `the database ${file} cannot be used: there is no such file\n`,
    });
    expect(
      await runHost({ dataFolder: await temporaryFolder(), options: ['--dynamodb-file', file] }),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: --dynamodb-file needs --dynamodb-endpoint\n/),
    });
  });
});
