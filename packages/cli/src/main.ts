import { runCli } from './run-cli.ts';
import { systemContext } from './system-context.ts';

const END_WITHIN_MS = 2_000;

// Whoever reads the output may have seen enough of it, as `head` has.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit();
  throw error;
});
process.exitCode = await runCli(process.argv.slice(2), systemContext());
// A connection that is kept open for a next request is not waited for.
setTimeout(() => process.exit(), END_WITHIN_MS).unref();
