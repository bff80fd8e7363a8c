import { type Command, CommanderError } from 'commander';
import { HostError } from '../../../local/support/host-error.ts';
import { ToolError } from '../../../tools/support/tool-error.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { firstSentence } from './first-sentence.ts';
import { cliProgram } from './program.ts';
import { serviceError } from './service/service-errors.ts';
import { shownText } from './terminal/safe-text.ts';

const NARROWEST_HELP = 16;

/**
 * Runs the command line.
 *
 * @param argumentsGiven without the program
 * @returns the exit code: one of `EXIT_CODES`, or 0
 */
export async function runCli(argumentsGiven: readonly string[], context: CliContext): Promise<number> {
  const program = cliProgram(context);
  prepare(program, context);
  try {
    await program.parseAsync(argumentsGiven, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what is wrong; asking for help ends in such an error too, with the code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
    const known = error instanceof ToolError ? error : serviceError(error);
    if (known !== undefined) return told(known.message, known.exitCode, context);
    // A file of the person cannot be read or written.
    if (error instanceof HostError) return told(error.message, EXIT_CODES.usage, context);
    throw error;
  }
}

function told(message: string, exitCode: number, { say }: CliContext): number {
  say(`error: ${shownText(message)}\n`);
  return exitCode;
}

function prepare(command: Command, context: CliContext): void {
  const { write, say, screen } = context;
  command
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: say,
      getOutHelpWidth: () => screen().width,
      getErrHelpWidth: () => screen().width,
      getOutHasColors: () => screen().hasColors,
      getErrHasColors: () => screen().hasColors,
      outputError: (text, out) => out(shownText(text)),
    })
    .configureHelp({
      showGlobalOptions: true,
      minWidthToWrap: NARROWEST_HELP,
      // In the list of commands, which has to be read at a glance; the help of each has the rest.
      subcommandTerm: (one) => one.name(),
      subcommandDescription: (one) => firstSentence(one.description()),
    })
    .showHelpAfterError('(add --help to see how it is used)');
  for (const each of command.commands) prepare(each, context);
}
