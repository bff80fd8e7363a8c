import { ToolError } from '../../../../tools/support/tool-error.ts';
import { ApiError, UnreachableError as NoAnswerError } from '../../../client/src/index.ts';
import { LOCAL_URL } from '../connection/service-url.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** The service refused a request, with this status. */
export class RefusedError extends ToolError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message, { exitCode: EXIT_CODES.refused });
    this.status = status;
  }
}

/** No answer of the service came, or none but that it cannot answer for now. */
export class UnreachableError extends ToolError {
  constructor(message: string) {
    super(message, { exitCode: EXIT_CODES.unreachable });
  }
}

const LONGEST_TOLD = 300;
const NOT_STARTED = '; start the local host with npm start, or say with --url where the service is';
const TOO_MANY_REQUESTS = 429;

/** What an error of the client means to whoever runs a command; nothing where it is none of the client's. */
export function serviceError(error: unknown): RefusedError | UnreachableError | undefined {
  if (error instanceof NoAnswerError) {
    const isLocal = error.message.startsWith(`${LOCAL_URL} could not be reached`);
    return new UnreachableError(`${error.message}${isLocal ? NOT_STARTED : ''}`);
  }
  if (!(error instanceof ApiError)) return undefined;
  const { status, message, details, requestId } = error;
  const parts = [message, ...details.map((detail) => detail.message).filter((one) => one !== message)];
  const told = `the service says ${status}: ${parts.join('; ').slice(0, LONGEST_TOLD)}`;
  if (status !== TOO_MANY_REQUESTS && status < 500) return new RefusedError(status, told);
  // Whoever runs the service finds it in its log by this.
  return new UnreachableError(requestId === undefined ? told : `${told} (request ${requestId})`);
}
