import type * as z from 'zod/mini';
import { ToolError } from '../../../../tools/support/tool-error.ts';
import type { ChannelUsageClient, RetryOptions } from '../../../client/src/index.ts';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionOptions, connectionOf } from '../connection/connect.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { serviceClient } from './service-client.ts';
import type { TellWait } from './wait-teller.ts';

/** Somebody waits for the answer: what does not come soon is told. */
const RETRY: RetryOptions = { attempts: 3, firstDelayMs: 500 };

/**
 * The service that the options mean.
 *
 * @param tell what the person is told of while it does not answer; on the standard error output unless given
 * @throws UsageError where no key is known
 */
export async function clientFor(
  options: ConnectionOptions,
  context: CliContext,
  tell?: TellWait,
): Promise<ChannelUsageClient> {
  const connection = await connectionOf(options, context);
  return serviceClient(connection, context, { retry: RETRY, ...(tell !== undefined && { tell }) });
}

/** An answer: as it came, for programs, and as its schema reads it. */
export interface Answer<Value> {
  json: unknown;
  value: Value;
}

/** Waits for an answer, and reads it. @throws ToolError where it is not what the service answers; or what asking throws */
export async function answerTo<Schema extends z.ZodMiniType>(
  asking: Promise<unknown>,
  schema: Schema,
): Promise<Answer<z.output<Schema>>> {
  const json = await asking;
  const result = schema.safeParse(json);
  if (result.success) return { json, value: result.data };
  throw new ToolError('what answers there is not this service, or another version of it', {
    exitCode: EXIT_CODES.refused,
  });
}
