import type * as z from 'zod/mini';
import type { Waiting } from '../../../../functions/shared/runtime/waiting.ts';
import { ToolError } from '../../../../tools/support/tool-error.ts';
import {
  type ChannelUsageClient,
  createChannelUsageClient,
  type RetryOptions,
  type Timing,
} from '../../../client/src/index.ts';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionOptions, connectionOf } from '../connection/connect.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** Somebody waits for the answer: what does not come soon is told. */
const RETRY: RetryOptions = { attempts: 3, firstDelayMs: 500 };

/** The service that the options mean. @throws UsageError where no key is known */
export async function clientFor(
  options: ConnectionOptions,
  context: CliContext,
): Promise<ChannelUsageClient> {
  const { fetch, waiting, clock } = context;
  const connection = await connectionOf(options, context);
  return createChannelUsageClient({ ...connection, fetch, retry: RETRY, timing: timingOf(waiting, clock) });
}

/** Time and chance, as the client knows them. */
export function timingOf(waiting: Waiting, clock: CliContext['clock']): Timing {
  return {
    now: clock,
    random: waiting.random,
    async wait(milliseconds, signal) {
      if (signal === undefined) return waiting.pause(milliseconds);
      await waiting.deadline(milliseconds, signal);
    },
    timer(milliseconds, ring) {
      const stopped = new AbortController();
      // It rejects when it is stopped, and nobody waits for it.
      waiting.deadline(milliseconds, stopped.signal).then(ring, () => undefined);
      return () => stopped.abort();
    },
  };
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
