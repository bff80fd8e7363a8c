import { spawn } from 'node:child_process';

// Runs a program, and ends it when the standard input of this process is closed: whoever started it has ended then,
// in whatever way. It does on Windows what a few words of the shell do elsewhere.

const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true });
child.once('error', (error) => {
  process.stderr.write(`error: ${error.message}\n`);
  process.exit(1);
});
child.once('exit', (code) => process.exit(code ?? 1));
process.stdin.once('close', () => child.kill()).resume();
