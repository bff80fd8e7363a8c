import type { Stage } from './stack-settings.ts';

const SUFFIX = /^[a-z][a-z0-9-]{0,19}$/;

/**
 * The name of the stack of a stage.
 *
 * @param suffix tells it from other stacks of the same stage, where there are several
 * @throws Error where the suffix cannot be part of a name
 */
export function stackName(stage: Stage, suffix?: string): string {
  if (suffix === undefined) return `channel-usage-analytics-${stage}`;
  if (!SUFFIX.test(suffix)) {
    throw new Error('a suffix is up to 20 small letters, digits and hyphens, and begins with a letter');
  }
  return `channel-usage-analytics-${stage}-${suffix}`;
}
