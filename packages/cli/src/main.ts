import { errorStack } from '../../../functions/shared/runtime/error-text.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { runCli } from './run-cli.ts';
import { systemContext } from './system-context.ts';
import { shownText } from './terminal/safe-text.ts';

const END_WITHIN_MS = 2_000;

// Whoever reads the output may have seen enough of it, as `head` has.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit();
  throw error;
});
// An import goes on where nobody reads any more how far it is.
process.stderr.on('error', (error) => {
  if (!('code' in error && error.code === 'EPIPE')) throw error;
});
try {
  process.exitCode = await runCli(process.argv.slice(2), systemContext());
} catch (error) {
  // Not 1, which Node.js would end with, and which scripts take for something that needs attention.
  process.exitCode = EXIT_CODES.fault;
  process.stderr.write(`${shownText(errorStack(error))}\nerror: this is a fault of channel-usage itself\n`);
}
// A connection that is kept open for a next request is not waited for.
setTimeout(() => process.exit(), END_WITHIN_MS).unref();
