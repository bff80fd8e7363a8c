import type { Outcome, Receiver } from '../../functions/send-notifications/receiver.ts';
import { ATTEMPT_LIMIT_MS } from '../../functions/send-notifications/target-run.ts';
import { type Notification, notification } from '../../functions/shared/domain/notification.ts';
import { errorName } from '../../functions/shared/runtime/error-text.ts';
import { inTime, TimeRanOutError } from '../../functions/shared/runtime/in-time.ts';
import type { ToolContext } from './tool.ts';

const MESSAGE =
  'This is a test of how Channel Usage Analytics tells of findings and reports. Nothing was found, and nothing has to be done.';
const ID_BYTES = 16;

/** What a target made of a test. */
export interface TestAnswer {
  target: string;
  wasTaken: boolean;
  /** What it answered, in a few words. */
  answer: string;
}

/** Sends every target a test, all at the same time. It is in no table, and is not sent again. */
export function sendTest(
  receivers: readonly Receiver[],
  { clock, waiting, randomBytes }: Pick<ToolContext, 'clock' | 'waiting' | 'randomBytes'>,
): Promise<TestAnswer[]> {
  const now = clock();
  const id = Buffer.from(randomBytes(ID_BYTES)).toString('hex');
  const test = notification(id, {
    type: 'test',
    timestamp: new Date(now).toISOString(),
    data: { message: MESSAGE },
  });
  return Promise.all(
    receivers.map(async (receiver) => {
      const outcome = await outcomeOf(receiver, test, now, waiting);
      const wasTaken = outcome.kind === 'taken';
      return { target: receiver.name, wasTaken, answer: wasTaken ? outcome.answer : outcome.problem };
    }),
  );
}

async function outcomeOf(
  receiver: Receiver,
  test: Notification,
  now: number,
  waiting: ToolContext['waiting'],
): Promise<Outcome> {
  try {
    return await inTime(waiting, ATTEMPT_LIMIT_MS, () => receiver.tell(test, now));
  } catch (error) {
    const problem =
      error instanceof TimeRanOutError
        ? `no answer within ${ATTEMPT_LIMIT_MS} ms`
        : `not sent: ${errorName(error)}`;
    return { kind: 'failed', problem, isBusy: false };
  }
}
