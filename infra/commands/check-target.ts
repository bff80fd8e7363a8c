import { setTimeout as pause } from 'node:timers/promises';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { errorInALine, errorMessage, errorSummary } from '../../functions/shared/runtime/error-text.ts';
import { awsConnection, profileOf, proxyAgent } from './aws-connection.ts';
import type { Environment, Target } from './target.ts';

/** A target that cannot be reached, or must not be touched; the message says what to do. */
export class TargetError extends Error {
  override name = 'TargetError';
}

const ENDPOINT_WITHIN_MS = 3_000;
/** A program that gives credentials may ask a person first. */
const CREDENTIALS_WITHIN_MS = 30_000;
const IDENTITY_WITHIN_MS = 10_000;

/** What each message ends with. */
const GUIDE = 'docs/operations.md#where-a-deploy-goes';

/**
 * Checks a target before time goes into a template for it: that something answers at an endpoint; or that
 * there are a region and credentials, which AWS takes. Where a profile asks for a code of a second factor, the
 * CDK is left to ask for it, and to compare the account.
 *
 * @param account the only account that may be touched, where one was named
 * @throws TargetError where the target cannot be reached, or is another account
 */
export async function checkTarget(
  { endpoint }: Target,
  environment: Environment,
  account: string | undefined,
): Promise<void> {
  if (endpoint !== undefined) return checkEndpoint(endpoint);
  const client = clientFor(environment);
  try {
    await checkRegion(client);
    if (!(await hasCredentials(client, environment))) return;
    const actual = await accountOf(client);
    if (account === undefined || actual === account) return;
    throw new TargetError(
      `The credentials are of the account ${actual}, and --account allows ${account} alone. ` +
        `Take credentials of that account, or name the other one: ${GUIDE}`,
    );
  } finally {
    client.destroy();
  }
}

/** Any answer will do: what an emulator says to this request is not known. */
async function checkEndpoint(endpoint: string): Promise<void> {
  try {
    await fetch(endpoint, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(ENDPOINT_WITHIN_MS),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new TargetError(
      `Nothing answers at ${endpoint}, the endpoint of --endpoint or AWS_ENDPOINT_URL (${errorInALine(cause)}). ` +
        `Start the emulator there, name another endpoint, or leave it out to reach an account: ${GUIDE}`,
    );
  }
}

function clientFor(environment: Environment): STSClient {
  return new STSClient({
    ...awsConnection({}, environment),
    maxAttempts: 2,
    requestHandler: { httpsAgent: proxyAgent(environment) },
  });
}

/** The CDK would take us-east-1 without a word. */
async function checkRegion(client: STSClient): Promise<void> {
  try {
    await client.config.region();
  } catch (error) {
    throw new TargetError(
      `No region was found in AWS_REGION, AWS_DEFAULT_REGION or the profile (${said(error)}). ` +
        `Set AWS_REGION, such as eu-central-1: ${GUIDE}`,
    );
  }
}

/** Whether there are credentials; `false` where only the CDK can get them, because it can ask for a code. */
async function hasCredentials(client: STSClient, environment: Environment): Promise<boolean> {
  try {
    await within(CREDENTIALS_WITHIN_MS, client.config.credentials());
    return true;
  } catch (error) {
    if (/multi-factor authentication/.test(errorMessage(error))) return false;
    const profile = profileOf(environment) ?? 'default';
    throw new TargetError(
      `No credentials of an AWS account were found (${said(error)}). ` +
        `Looked for AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile '${profile}', a web identity, and ` +
        'what a container or an instance gives. Set them, sign in (aws configure, aws sso login), choose a ' +
        `profile with AWS_PROFILE, or name an emulator with --endpoint: ${GUIDE}`,
    );
  }
}

/** The number of the account that the credentials are of, as AWS says. */
async function accountOf(client: STSClient): Promise<string> {
  try {
    const { Account } = await within(IDENTITY_WITHIN_MS, client.send(new GetCallerIdentityCommand({})));
    if (Account === undefined) throw new Error('the answer names no account');
    return Account;
  } catch (error) {
    throw new TargetError(
      `AWS does not say whose the credentials are (${said(error)}). Where they have expired or are ` +
        `wrong, sign in again; else look at the region and the network: ${GUIDE}`,
    );
  }
}

/** An error as a part of a sentence. */
function said(error: unknown): string {
  return errorSummary(error)
    .replace(/^Error: /, '')
    .replace(/\.$/, '');
}

/** What a promise gives, unless that takes too long. */
async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = pause(limitMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${limitMs / 1000} seconds`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.abort();
  }
}
