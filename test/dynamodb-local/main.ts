import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DynamoDBLocalError, startDynamoDBLocal } from '../../local/database/dynamodb-local.ts';
import { freePort } from '../../local/database/dynamodb-process.ts';

// Runs the tests of the stores and of counting against the official DynamoDB Local, and that of a host on one of its own. What is given on the
// command line goes to vitest.

const TESTED = [
  'test/functions/shared/store',
  'test/functions/shared/counting',
  'test/local/host/dynamodb-local-host.test.ts',
];

/** Runs vitest against a DynamoDB; gives its exit code. */
async function runTests(endpoint: string): Promise<number> {
  const vitest = spawn('vitest', ['run', '--project', 'all', ...TESTED, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, DYNAMODB_ENDPOINT: endpoint },
  });
  // Ctrl-C reaches vitest as well, and this process has to outlive it to stop the database.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => vitest.kill());
  await once(vitest, 'close');
  return vitest.exitCode ?? 1;
}

try {
  const database = await startDynamoDBLocal(await freePort());
  try {
    process.exitCode = await runTests(database.endpoint);
  } finally {
    await database.stop();
  }
} catch (error) {
  if (!(error instanceof DynamoDBLocalError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}
