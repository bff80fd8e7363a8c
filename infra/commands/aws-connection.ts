import { Agent } from 'node:https';
import { type Environment, environmentOf, type Target } from './target.ts';

/** What a client of AWS is made with to reach a target. */
export interface AwsConnection {
  endpoint?: string;
  region?: string;
  profile?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

const REGION_VARIABLES = ['AWS_REGION', 'AMAZON_REGION', 'AWS_DEFAULT_REGION', 'AMAZON_DEFAULT_REGION'];
const PROFILE_VARIABLES = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE'];

/**
 * How a target is reached: with the region and the credentials that the CDK would take, in the same order.
 * What is not in the environment is left to the SDK, which reads profiles and asks containers.
 */
export function awsConnection(target: Target, environment: Environment): AwsConnection {
  const variables = environmentOf(target, environment);
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = variables;
  const region = firstOf(variables, REGION_VARIABLES);
  const profile = profileOf(variables);
  return {
    ...(target.endpoint !== undefined && { endpoint: target.endpoint }),
    ...(region && { region }),
    ...(profile && { profile }),
    // The SDK alone would take a profile first.
    ...(accessKeyId &&
      secretAccessKey && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      }),
  };
}

/**
 * What a client is made with that looks at a target before something is done there: it gives up soon.
 *
 * @param withinMs so long at most it waits for an answer, in milliseconds
 */
export function checkingClient(target: Target, environment: Environment, withinMs: number) {
  return {
    ...awsConnection(target, environment),
    maxAttempts: 2,
    requestHandler: {
      httpsAgent: proxyAgent(environment),
      requestTimeout: withinMs,
      throwOnRequestTimeout: true,
    },
  };
}

/** The profile that the environment names. */
export function profileOf(environment: Environment): string | undefined {
  return firstOf(environment, PROFILE_VARIABLES);
}

/** Sends requests through the proxy that the environment names, where it names one. */
export function proxyAgent(environment: Environment): Agent {
  return new Agent({ proxyEnv: { ...environment } });
}

function firstOf(environment: Environment, names: readonly string[]): string | undefined {
  return names.map((name) => environment[name]).find((value) => value !== undefined && value !== '');
}
