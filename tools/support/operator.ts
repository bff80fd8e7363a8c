import { userInfo } from 'node:os';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { CLIENT_LIMITS } from '../../functions/shared/runtime/dependencies.ts';
import type { DataOptions } from './data-options.ts';
import { ToolError } from './tool-error.ts';
import { problemOf } from './usage-data.ts';

/**
 * Who runs a tool: what AWS says of its credentials, or the user of this machine.
 *
 * @throws ToolError where AWS does not say
 */
export async function operatorOf({ aws, client: options = CLIENT_LIMITS }: DataOptions): Promise<string> {
  if (aws !== true) return userInfo().username;
  const client = new STSClient(options);
  try {
    const { Arn: arn } = await client.send(new GetCallerIdentityCommand({}));
    return arn ?? 'unknown';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ToolError(`it cannot be told who you are: ${problemOf(error)}`, { cause: error });
  } finally {
    client.destroy();
  }
}
