import type { Command } from 'commander';
import {
  DEFAULT_COUNTER_RETENTION_DAYS,
  DEFAULT_MESSAGE_RETENTION_DAYS,
} from '../../functions/shared/runtime/settings.ts';
import { parseCount } from './option-values.ts';
import { ToolError } from './tool-error.ts';

/** How long what a tool counts into keeps messages and daily counters, in days. */
export interface Retention {
  messageRetentionDays: number;
  counterRetentionDays: number;
}

/** The options that say so. A named stack gives them by itself. */
export interface RetentionOptions extends Partial<Retention> {
  aws?: boolean;
}

/** Adds the options that say how long a deployment keeps messages and daily counters. */
export function addRetention(command: Command): Command {
  return command
    .option(
      '--message-retention-days <days>',
      'how long the deployment keeps messages; --aws needs it',
      parseCount,
    )
    .option(
      '--counter-retention-days <days>',
      'how long the deployment keeps daily counters; --aws needs it',
      parseCount,
    );
}

/**
 * How long messages and counters are kept. Of a stage that somebody deployed it is not guessed: with a longer one
 * old messages would be refused, with a shorter one the proof that they were counted would go too early.
 *
 * @throws ToolError where it is not known
 */
export function retentionOf({
  aws,
  messageRetentionDays,
  counterRetentionDays,
}: RetentionOptions): Retention {
  if (aws === true && (messageRetentionDays === undefined || counterRetentionDays === undefined)) {
    throw new ToolError(
      '--aws needs --message-retention-days and --counter-retention-days, as the stage was deployed with; ' +
        '--stage, instead of --aws, finds them by itself',
    );
  }
  return {
    messageRetentionDays: messageRetentionDays ?? DEFAULT_MESSAGE_RETENTION_DAYS,
    counterRetentionDays: counterRetentionDays ?? DEFAULT_COUNTER_RETENTION_DAYS,
  };
}
