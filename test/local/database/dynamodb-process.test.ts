import { expect, test } from 'vitest';
import { DynamoDBProcess, freePort, LOCALHOST } from '../../../local/database/dynamodb-process.ts';

/** A program of Node.js, as the command of a database. */
const program = (source: string) => [process.execPath, '-e', source];

test('a database that takes connections and never answers has not started', async () => {
  const port = await freePort();
  const silent = program(`require('node:net').createServer().listen(${port}, '127.0.0.1')`);
  expect(await DynamoDBProcess.start({ host: LOCALHOST, port }, silent, { readyWithinMs: 1_000 })).toEqual({
    problem: 'it did not answer within 1 seconds',
  });
});

test('a database that does not end by itself is ended', async () => {
  const port = await freePort();
  const stubborn = program(
    "process.on('SIGTERM', () => {}); " +
      `require('node:http').createServer((_, response) => response.end()).listen(${port}, '127.0.0.1')`,
  );
  const database = await DynamoDBProcess.start({ host: LOCALHOST, port }, stubborn, { stopWithinMs: 50 });
  if ('problem' in database) throw new Error(database.problem);
  await database.stop();
  await expect(fetch(database.endpoint)).rejects.toThrow();
});
