import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DEFAULT_EVENT_SOURCE, type EventSourceSettings } from '../functions/count-messages/event-source.ts';
import { DEFAULT_MESSAGE_RETENTION_DAYS } from '../functions/runtime/environment.ts';

const STAGES = ['dev', 'prod'] as const;
export type Stage = (typeof STAGES)[number];

/** What differs from one deployment to another. */
export interface StackSettings {
  /** In `prod`, data and logs outlive the stack, and tables refuse to be deleted. */
  stage: Stage;
  /** How the messages table's stream is fed to the function that counts. */
  eventSource: EventSourceSettings;
  /** How long a message is stored after it was sent, in days. */
  messageRetentionDays: number;
  /** How long the functions' logs are kept. */
  logRetention: RetentionDays;
  /** What the HTTP API takes, all callers together; more is answered with 429. */
  throttling: { requestsPerSecond: number; burst: number };
}

/**
 * The settings of a stage.
 *
 * @param stage the CDK context value `stage`; `dev` where there is none
 * @throws Error where there is no such stage
 */
export function settingsOf(stage: unknown): StackSettings {
  const known = STAGES.find((name) => name === (stage ?? 'dev'));
  if (known === undefined) {
    throw new Error(
      `there is no stage ${JSON.stringify(stage)}: the context "stage" is one of ${STAGES.join(', ')}`,
    );
  }
  return {
    stage: known,
    eventSource: DEFAULT_EVENT_SOURCE,
    messageRetentionDays: DEFAULT_MESSAGE_RETENTION_DAYS,
    logRetention: RetentionDays.ONE_MONTH,
    throttling: { requestsPerSecond: 100, burst: 200 },
  };
}
