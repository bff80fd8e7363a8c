import { HostError } from '../../local/support/host-error.ts';

/** A tool cannot do what it was asked for. The message says why, in a line, and what helps. */
export class ToolError extends Error {
  override name = 'ToolError';
  /** With which the tool ends. */
  readonly exitCode: number;

  constructor(message: string, { exitCode = 1, ...options }: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** What the local host says cannot be done is what a tool says. @throws ToolError in the place of a HostError */
export async function orToolError<Result>(use: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new ToolError(error.message, { cause: error });
  }
}
