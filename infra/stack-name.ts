/** What a stack is deployed as; each has its settings in stack-settings.ts. */
export const STAGES = ['dev', 'prod'] as const;
export type Stage = (typeof STAGES)[number];

/** Which stack is meant, as a person says it. */
export interface StackChoice {
  stage: Stage;
  /** Tells it from other stacks of the same stage, where there are several. */
  suffix?: string | undefined;
}

const PREFIX = 'channel-usage-analytics-';
const SUFFIX = /^[a-z][a-z0-9-]{0,19}$/;

/** A suffix that cannot be part of a stack's name. */
export class SuffixError extends Error {
  override name = 'SuffixError';
}

/**
 * The name of a stack.
 *
 * @throws SuffixError where the suffix cannot be part of a name
 */
export function stackName({ stage, suffix }: StackChoice): string {
  if (suffix === undefined) return `${PREFIX}${stage}`;
  if (!SUFFIX.test(suffix)) {
    throw new SuffixError('a suffix is up to 20 small letters, digits and hyphens, and begins with a letter');
  }
  return `${PREFIX}${stage}-${suffix}`;
}

/** Which stack has a name; nothing where it is none of this service. */
export function stackOfName(name: string): StackChoice | undefined {
  for (const stage of STAGES) {
    if (name === stackName({ stage })) return { stage };
    const beginning = `${stackName({ stage })}-`;
    const suffix = name.slice(beginning.length);
    if (name.startsWith(beginning) && SUFFIX.test(suffix)) return { stage, suffix };
  }
  return undefined;
}
