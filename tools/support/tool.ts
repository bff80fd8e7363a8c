import { createInterface } from 'node:readline/promises';
import { type Command, CommanderError } from 'commander';
import { type Dependencies, systemEffects } from '../../functions/shared/runtime/dependencies.ts';
import type { Environment } from '../../infra/commands/target.ts';
import { ToolError } from './tool-error.ts';

/** What a tool does to the world around it. */
export interface ToolContext extends Pick<Dependencies, 'clock' | 'waiting' | 'randomBytes'> {
  /** The variables that lead to AWS. */
  environment: Environment;
  /** For what somebody may want to pipe or capture. */
  write: (text: string) => void;
  /** For what is said to the person at the terminal. */
  say: (text: string) => void;
  /** The terminal to which the person looks; without one, progress is told in lines. */
  terminal: NodeJS.WriteStream | undefined;
  /** Asks the person; nothing where nobody can be asked. */
  ask: (question: string) => Promise<string | undefined>;
}

const END_WITHIN_MS = 2_000;

/** Runs a tool's command on the arguments of this process, and sets its exit code. */
export async function runThisTool(command: (context: ToolContext) => Command): Promise<void> {
  const context = systemContext();
  process.exitCode = await runTool(command(context), process.argv.slice(2), context);
  // A program that was to give credentials, and did not in time, may still be waited for.
  setTimeout(() => process.exit(), END_WITHIN_MS).unref();
}

function systemContext(): ToolContext {
  return {
    ...systemEffects(),
    environment: process.env,
    write: (text) => process.stdout.write(text),
    say: (text) => process.stderr.write(text),
    terminal: process.stderr.isTTY ? process.stderr : undefined,
    async ask(question) {
      if (!process.stdin.isTTY) return undefined;
      const dialogue = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await dialogue.question(question);
      } finally {
        dialogue.close();
      }
    },
  };
}

/**
 * Runs a tool's command.
 *
 * @param argumentsGiven those of the command line
 * @returns the exit code: 0, or another one where it could not do what it was asked for and said why, which is 1 unless
 *   the error says otherwise
 */
export async function runTool(
  command: Command,
  argumentsGiven: readonly string[],
  { write, say }: Pick<ToolContext, 'write' | 'say'>,
): Promise<number> {
  for (const each of [command, ...command.commands]) {
    each
      .exitOverride()
      .configureOutput({ writeOut: write, writeErr: say })
      .showHelpAfterError('(add --help to see the options)');
  }
  try {
    await command.parseAsync(argumentsGiven, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what is wrong; asking for help ends in such an error too, with the code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (!(error instanceof ToolError)) throw error;
    say(`error: ${error.message}\n`);
    return error.exitCode;
  }
}

/**
 * Goes on only when the person agrees.
 *
 * @throws ToolError where the person does not, or nobody can be asked
 */
export async function confirm(
  question: string,
  { ask }: Pick<ToolContext, 'ask'>,
  agreed: boolean | undefined,
): Promise<void> {
  if (agreed === true) return;
  const answer = await ask(`${question} [y/N] `);
  if (answer === undefined) throw new ToolError('nobody is there to confirm it; add --yes');
  if (!/^y(es)?$/i.test(answer.trim())) throw new ToolError('not confirmed; nothing was done');
}
