import { ToolError } from '../../../tools/support/tool-error.ts';

/** What the exit code of a command tells scripts; 0 is that all is well. */
export const EXIT_CODES = {
  /** With `--check`: something needs attention. */
  attention: 1,
  /** The command line, or a file that it names, is wrong. */
  usage: 2,
  /** The service refused it: a wrong key, a missing scope, or something that is not there. */
  refused: 3,
  /** The service does not answer. */
  unreachable: 4,
  /** The program itself is at fault: what systems call an internal software error. */
  fault: 70,
} as const;

/** What was asked for with the command line cannot be. */
export class UsageError extends ToolError {
  constructor(message: string, cause?: unknown) {
    super(message, { exitCode: EXIT_CODES.usage, cause });
  }
}

/** Something was found that needs attention, and `--check` asked for an exit code that says so. */
export class AttentionError extends ToolError {
  constructor(message: string) {
    super(message, { exitCode: EXIT_CODES.attention });
  }
}
