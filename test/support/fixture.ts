import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { inMemoryDatabase, startTestDatabase, type TestDatabase } from './database/database.ts';
import { testDependencies } from './service/test-dependencies.ts';
import { NOW, testService } from './service/test-service.ts';

let database: Promise<TestDatabase> | undefined;

/**
 * What tests work on. A test gets what it names, and nothing is made for one that names nothing:
 *
 * - `database`: a DynamoDB, which all test files of a worker share, and which ends with the worker;
 * - `inMemory`: a DynamoDB within the process, of the test file's own, for what needs no endpoint and makes many calls:
 *   a call of it costs a tenth of what one over HTTP does;
 * - `dependencies`: those of a function, on empty tables, with a clock that stands at `NOW`;
 * - `table`, `messagesTable` and `auditTable`: those of usage, of messages and of the audit log;
 * - `service`: the HTTP functions, on the same tables;
 * - `key`: an API key of the service with all scopes, for all peers;
 * - `folder`: an empty folder, which is deleted behind the test.
 *
 * Test files extend it with what their own tests need.
 */
export const test = base
  .extend('database', { scope: 'worker' }, () => {
    database ??= startTestDatabase();
    return database;
  })
  .extend('inMemory', { scope: 'file' }, () => inMemoryDatabase())
  .extend('dependencies', ({ database }) => testDependencies(database, NOW))
  .extend('table', ({ dependencies: { client, settings } }): Table => {
    return { client, tableName: settings.usageTableName };
  })
  .extend('messagesTable', ({ dependencies: { client, settings } }): Table => {
    return { client, tableName: settings.messagesTableName };
  })
  .extend('auditTable', ({ dependencies: { client, settings } }): Table => {
    return { client, tableName: settings.auditTableName };
  })
  .extend('service', ({ dependencies }) => testService(dependencies))
  .extend('key', ({ service }) => service.addKey('all'))
  .extend('folder', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'test-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    return folder;
  });
