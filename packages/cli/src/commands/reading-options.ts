import { type Command, InvalidArgumentError } from 'commander';
import { parseDay, parseIdentifier } from '../../../../tools/support/option-values.ts';
import { UsageError } from '../exit-codes.ts';

// Arguments and options that several commands have.

/** Adds the peer that a command is about. */
export function withPeer(command: Command): Command {
  return command.argument('<peer>', 'the peer, by its id', parseIdentifier);
}

/** Adds a range of days, both ends of which may be left out. */
export function withRange(command: Command): Command {
  return command
    .option('--from <day>', 'the first day (UTC), such as 2026-11-01', parseDay)
    .option('--to <day>', 'the last day (UTC), itself included', parseDay);
}

/** What there is of a range, for a query. @throws UsageError where its days are in the wrong order */
export function rangeOf({ from, to }: { from?: string; to?: string }): { from?: string; to?: string } {
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError('--from must not be after --to');
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** Adds examples to the end of a command's help. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  channel-usage ${example}`);
  return command.addHelpText(
    'after',
    `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`,
  );
}

/** Reads a whole number within limits. */
export function numberWithin({ least, most }: { least: number; most: number }): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d{1,9}$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
