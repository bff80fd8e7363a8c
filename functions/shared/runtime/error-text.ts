// What an error is as text, for whom.

/** An error in short, by its name and what it says, such as `TypeError: fetch failed`. */
export function errorSummary(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** An error with the calls that led to it, for a log. */
export function errorStack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? errorSummary(error)) : String(error);
}

/** What an error says, for a person whom its name does not tell anything. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error by its name alone, for a log that must not hold what it says. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** An error as fields of a log. What is thrown and is no error may hold anything, and is told by its type. */
export function errorFields(error: unknown): Record<string, string | undefined> {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { name: 'unknown', message: `something was thrown that is no error: ${typeof error}` };
}

/** The short code of a system error, such as `EACCES`, where an error has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What keeps something from being used, in a line: the code of a system error, or else the error in short. */
export function errorInALine(error: unknown): string {
  const [line = ''] = errorSummary(error).split('\n');
  return systemCode(error) ?? line;
}
