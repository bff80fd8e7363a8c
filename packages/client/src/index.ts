export type { CallOptions, FailedAttempt, RetryOptions } from './caller.ts';
export {
  type ChannelUsageClient,
  type ClientOptions,
  createChannelUsageClient,
  type Query,
} from './client.ts';
export { ApiError, type ApiProblem, UnreachableError } from './errors.ts';
export type * from './generated/openapi.ts';
export { type Recorder, type RecorderOptions, type RejectedMessage, UnrecordedError } from './recorder.ts';
export type { Timing } from './timing.ts';
