import type { Command } from 'commander';
import { addAllTablesOptions } from '../../../../tools/support/data-options.ts';
import { addRetention } from '../../../../tools/support/retention.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../exit-codes.ts';

/** Adds what an operator needs who imports a history, past the API. */
export function withHistoryOptions(command: Command, { environment }: CliContext): Command {
  command.option(
    '--history',
    'an operator’s: record messages however old they are, into the tables themselves, on days without figures',
  );
  const before = new Set(command.options);
  command.optionsGroup('Where the tables are, with --history:');
  addRetention(addAllTablesOptions(command, environment));
  const names = command.options.filter((option) => !before.has(option));
  return command.hook('preAction', (_, action) => {
    const { history, url, key, profile, wait } = action.optsWithGlobals<Record<string, unknown>>();
    const typed = names.find((option) => action.getOptionValueSource(option.attributeName()) === 'cli');
    if (history !== true && typed !== undefined) {
      throw new UsageError(`${typed.long} says where tables are, which --history alone writes to`);
    }
    const overHttp = Object.entries({ url, key, profile, wait }).find(([, value]) => value !== undefined);
    if (history === true && overHttp !== undefined) {
      throw new UsageError(`--history does not go with --${overHttp[0]}: it asks no service`);
    }
  });
}
