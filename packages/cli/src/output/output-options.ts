import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  INCLUDABLE_CHANNELS,
  type IncludableChannels,
} from '../../../../functions/shared/domain/channel-stats.ts';
import { shownName } from '../../../../functions/shared/domain/name-in-text.ts';
import type { CliContext } from '../cli-context.ts';
import { safeJson } from '../terminal/safe-text.ts';

/** In which form a command gives its answer. */
export interface OutputOptions {
  json?: boolean;
  csv?: boolean;
}

/** An answer, in each form that it may be asked for in. */
export interface Output {
  /** What the API answers, or what the command's help says. */
  json: unknown;
  /** With lines that end as RFC 4180 says. */
  csv: () => string;
  /** For people, with the end of its last line. */
  text: () => string;
}

const INDENT = 2;
const LINE_END = '\r\n';

/**
 * Adds the options for programs to a command.
 *
 * @param json what the JSON is
 */
export function withOutputOptions(command: Command, json = 'write JSON, as the API answers it'): Command {
  return command
    .addOption(new Option('--json', json).conflicts('csv'))
    .addOption(new Option('--csv', 'write CSV, which opens in a spreadsheet'));
}

/** Writes an answer in the form that was asked for. */
export function writeOutput(
  output: Output,
  options: OutputOptions,
  { write }: Pick<CliContext, 'write'>,
): void {
  if (options.json === true) write(`${safeJson(output.json, INDENT)}\n`);
  else if (options.csv === true) write(safeCsv(output.csv()));
  else write(output.text());
}

/** CSV without a character that does something to a terminal. */
export function safeCsv(text: string): string {
  return text.split(LINE_END).map(shownName).join(LINE_END);
}

/** Adds the option for channels that are not listed by themselves. */
export function withIncludeOption(command: Command): Command {
  return command.option(
    '--include <statuses>',
    'list these channels too, separated by a comma: disabled, removed',
    parseStatuses,
  );
}

function parseStatuses(text: string): IncludableChannels[] {
  return text.split(',').map((word) => {
    const status = INCLUDABLE_CHANNELS.find((one) => one === word);
    if (status === undefined)
      throw new InvalidArgumentError('It must be disabled, removed, or both with a comma.');
    return status;
  });
}

/** Adds the option for scripts that want to know whether something needs attention. */
export function withCheckOption(command: Command, what: string): Command {
  return command.option('--check', `end with the exit code 1 where ${what}`);
}
