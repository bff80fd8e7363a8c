import { ApiError, UnreachableError } from '../../../client/src/index.ts';
import { LOCAL_URL } from '../connection/service-url.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** Why the service gave no answer, in a line, and the exit code that says so. */
export interface ServiceProblem {
  message: string;
  exitCode: number;
}

const LONGEST_TOLD = 300;
const NOT_STARTED = '; start the local host with npm start, or say with --url where the service is';
const TOO_MANY_REQUESTS = 429;

/** What an error of the client means to whoever runs a command; nothing where it is none of the client's. */
export function serviceProblem(error: unknown): ServiceProblem | undefined {
  if (error instanceof UnreachableError) {
    const { message } = error;
    const hint = message.startsWith(`${LOCAL_URL} could not be reached`) ? NOT_STARTED : '';
    return { message: `${message}${hint}`, exitCode: EXIT_CODES.unreachable };
  }
  if (!(error instanceof ApiError)) return undefined;
  const { status, message, details, requestId } = error;
  const parts = [message, ...details.map((detail) => detail.message).filter((one) => one !== message)];
  const told = parts.join('; ').slice(0, LONGEST_TOLD);
  const isForNow = status === TOO_MANY_REQUESTS || status >= 500;
  // Whoever runs the service finds it in its log by this.
  const named = isForNow && requestId !== undefined ? ` (request ${requestId})` : '';
  return {
    message: `the service says ${status}: ${told}${named}`,
    exitCode: isForNow ? EXIT_CODES.unreachable : EXIT_CODES.refused,
  };
}
