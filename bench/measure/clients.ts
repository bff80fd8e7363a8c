import {
  DynamoDBClient,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { clientLimits, dynamodbClient } from '../../functions/shared/runtime/dependencies.ts';

/** What the calls of a client took. */
export interface Usage {
  writeUnits: number;
  readUnits: number;
  calls: number;
  /** Bytes of the bodies of requests and of answers. */
  sentBytes: number;
  receivedBytes: number;
}

const CONNECTION = {
  region: 'local',
  // Requests are signed as they are in Lambda: to sign is a part of what a call costs.
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

/** Of what is measured nothing is given up because a machine is busy, as a function would give it up. */
const PATIENT = clientLimits({ connectMs: 60_000, silenceMs: 60_000, attempts: 3 });

/** A client as the functions have it in Lambda, with more time. */
export function productClient(endpoint: string): DynamoDBClient {
  return dynamodbClient({ ...PATIENT, endpoint, ...CONNECTION });
}

/** A client as the SDK gives it, with the same limits. */
export function plainClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ ...PATIENT, endpoint, ...CONNECTION });
}

const capacity = z.object({ CapacityUnits: z.number().optional() });
const answerWithCapacity = z.object({
  ConsumedCapacity: z.union([capacity, z.array(capacity)]).optional(),
});
const requestWithBody = z.object({ body: z.union([z.string(), z.instanceof(Uint8Array)]) });
const answerWithLength = z.object({ headers: z.object({ 'content-length': z.coerce.number() }) });

const isWrite = (commandName: unknown) =>
  /^(BatchExecute|Put|Update|Delete|TransactWrite|BatchWrite)/.test(String(commandName));

/**
 * Adds up what the calls of a client take from now on. Asking for it costs CPU, so that time is measured without it.
 *
 * DynamoDB does not say what a refused write consumed, and bills it as if it had been made: one unit here for an item,
 * and two for each item of a transaction, which is what small items take.
 *
 * @returns what they took so far, at each call
 */
export function meter(client: DynamoDBClient): () => Usage {
  const usage: Usage = { writeUnits: 0, readUnits: 0, calls: 0, sentBytes: 0, receivedBytes: 0 };
  const add = (commandName: unknown, units: number) => {
    usage[isWrite(commandName) ? 'writeUnits' : 'readUnits'] += units;
  };
  client.middlewareStack.add(
    (next, context) => async (request) => {
      usage.calls += 1;
      const { commandName } = context;
      Object.assign(request.input, { ReturnConsumedCapacity: 'TOTAL' });
      try {
        const answer = await next(request);
        const parsed = answerWithCapacity.parse(answer.output);
        for (const { CapacityUnits: units = 0 } of [parsed.ConsumedCapacity ?? []].flat())
          add(commandName, units);
        return answer;
      } catch (error) {
        add(commandName, unitsOfRefusal(error));
        throw error;
      }
    },
    { step: 'initialize', name: 'asksForUnits' },
  );
  client.middlewareStack.add(
    (next) => async (request) => {
      usage.sentBytes += Buffer.byteLength(requestWithBody.parse(request.request).body);
      const answer = await next(request);
      usage.receivedBytes += answerWithLength.parse(answer.response).headers['content-length'];
      return answer;
    },
    { step: 'deserialize', name: 'countsBytes', priority: 'low' },
  );
  return () => ({ ...usage });
}

function unitsOfRefusal(error: unknown): number {
  if (error instanceof TransactionCanceledException) return 2 * (error.CancellationReasons?.length ?? 0);
  const isRefused =
    error instanceof DynamoDBServiceException && error.name === 'ConditionalCheckFailedException';
  return isRefused ? 1 : 0;
}
