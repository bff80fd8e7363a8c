import { Argument, Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { completionScript, SHELLS, type Shell } from '../completion/completion-script.ts';
import { withExamples } from './reading-options.ts';

/** Writes what a shell needs to complete this command line. */
export function completionCommand(context: CliContext): Command {
  return withExamples(
    new Command('completion').description('Write what a shell needs to complete commands and options.'),
    [
      'completion bash >> ~/.bashrc',
      'completion zsh > ~/.zsh/completions/_channel-usage',
      'completion fish > ~/.config/fish/completions/channel-usage.fish',
    ],
  )
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell, _: object, self: Command) => {
      const root = self.parent ?? self;
      context.write(completionScript(root, shell));
    });
}
