import { SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';
import { CLIENT_LIMITS } from './dependencies.ts';
import { parametersNamed } from './parameter-batches.ts';

/** A parameter that is needed is not there. */
export class MissingParameterError extends Error {
  override name = 'MissingParameterError';
}

/**
 * Reads secrets from the Parameter Store, decrypted. Whoever needs them reads them once per start, and never logs them.
 *
 * @param names of SecureStrings
 * @param options what the client is given besides
 * @throws MissingParameterError that names those that are not there
 */
export async function readParameters(
  names: readonly string[],
  options: SSMClientConfig = {},
): Promise<ReadonlyMap<string, string>> {
  const client = new SSMClient({ ...CLIENT_LIMITS, ...options });
  const values = new Map<string, string>();
  try {
    for (const [name, { Value: value }] of await parametersNamed(client, names, true)) {
      if (value !== undefined) values.set(name, value);
    }
  } finally {
    client.destroy();
  }
  const missing = names.filter((name) => !values.has(name));
  if (missing.length === 0) return values;
  throw new MissingParameterError(`the Parameter Store of SSM has no parameter ${missing.join(', ')}`);
}
