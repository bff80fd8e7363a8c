/** The local host cannot run. The message says why, to the person at the terminal, and what helps. */
export class HostError extends Error {
  override name = 'HostError';
}

/** The short code of a system error, such as `EACCES`, where an error has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
