import type { StackChoice } from '../stack-name.ts';

/** Where a stack is deployed to: the account of the credentials, or an emulator of AWS. */
export interface Target {
  /** The URL of an emulator, without a slash at its end. */
  endpoint?: string;
}

/** Variables of an environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What emulators of AWS take where the person has set nothing else. */
const EMULATOR_DEFAULTS = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
};

/**
 * The target that the command line or, after it, the environment names.
 *
 * @param endpoint the URL that was given on the command line
 */
export function targetOf(endpoint: string | undefined, environment: Environment): Target {
  const url = endpoint ?? environment['AWS_ENDPOINT_URL'];
  return url === undefined || url === '' ? {} : { endpoint: url.replace(/\/+$/, '') };
}

/** The environment in which the CDK finds a target. */
export function environmentOf({ endpoint }: Target, environment: Environment): NodeJS.ProcessEnv {
  if (endpoint === undefined) return { ...environment };
  return {
    ...EMULATOR_DEFAULTS,
    ...environment,
    // A profile would win over the keys, and belongs to another account.
    AWS_PROFILE: undefined,
    AWS_ENDPOINT_URL: endpoint,
  };
}

/** The options by which a command of a shell names a stack, and the target that it is in. */
export function stackOptions({ stage, suffix }: StackChoice, { endpoint }: Target): string {
  return [
    `--stage ${stage}`,
    ...(suffix === undefined ? [] : [`--suffix ${suffix}`]),
    ...(endpoint === undefined ? [] : [`--endpoint ${endpoint}`]),
  ].join(' ');
}
