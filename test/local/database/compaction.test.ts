import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { askToCompact, compactIfAsked } from '../../../local/database/database-file.ts';
import { startHostDatabase } from '../../../local/database/host-database.ts';
import { emptyRecords } from '../../../local/database/stream-records.ts';
import { HostError } from '../../../local/support/host-error.ts';
import { test as fixture } from '../../support/fixture.ts';

const DELETED = 'a deleted text that nobody can mistake';

const test = fixture.extend('files', ({ folder }) => ({
  databaseFile: join(folder, 'dynamodb.sqlite'),
  compactFile: join(folder, 'compact-database'),
  dynamodbLocalFolder: join(folder, 'dynamodb-local'),
}));

/** Makes a database from which something was deleted, whose bytes are still there. */
function deleteFrom(databaseFile: string): void {
  const database = new DatabaseSync(databaseFile);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT)');
  for (let number = 0; number < 50; number += 1) {
    database.prepare('INSERT INTO notes VALUES (?)').run(`${DELETED} ${number}`);
  }
  database.exec('DELETE FROM notes');
  database.close();
  expect(readFileSync(databaseFile).includes(DELETED)).toBe(true);
}

test('what was deleted leaves nothing in a database that is compacted, where that was asked for', ({
  files,
}) => {
  deleteFrom(files.databaseFile);
  expect(compactIfAsked(files, { isInUse: false })).toBeUndefined();
  expect(readFileSync(files.databaseFile).includes(DELETED)).toBe(true);
  askToCompact(files);
  expect(statSync(files.compactFile).mode & 0o077).toBe(0);
  expect(compactIfAsked(files, { isInUse: true })).toBeUndefined();
  expect(readFileSync(files.databaseFile).includes(DELETED)).toBe(false);
  expect(existsSync(files.compactFile)).toBe(false);
});

test('a large one that is in use is compacted at the next start', async ({ files }) => {
  deleteFrom(files.databaseFile);
  askToCompact(files);
  expect(compactIfAsked(files, { isInUse: true, largest: 1 })).toBe('it is large, and in use');
  expect(existsSync(files.compactFile)).toBe(true);
  const database = await startHostDatabase(files);
  await database.stop();
  expect(database.notice).toBeUndefined();
  expect(readFileSync(files.databaseFile).includes(DELETED)).toBe(false);
  expect(existsSync(files.compactFile)).toBe(false);
});

test('where there is no database nothing is to be compacted', ({ files }) => {
  askToCompact(files);
  expect(existsSync(files.compactFile)).toBe(false);
});

test('a file that is no database of a stream is told in a line', ({ files }) => {
  deleteFrom(files.databaseFile);
  const stream = { databaseFile: files.databaseFile, tableName: 'messages', streamArn: 'a/stream/1' };
  const empty = () => emptyRecords(stream, () => true);
  expect(empty).toThrow(HostError);
  expect(empty).toThrow(/^cannot use .*dynamodb\.sqlite: no such table: _tables$/);
});
