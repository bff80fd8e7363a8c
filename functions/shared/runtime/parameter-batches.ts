import { GetParametersCommand, type Parameter, type SSMClient } from '@aws-sdk/client-ssm';
import { inBatches } from '../domain/in-batches.ts';

/** SSM gives so many parameters at most in one call. */
const PARAMETERS_PER_CALL = 10;

/**
 * Some parameters of the Parameter Store, by their names; there is none for a name that is not there.
 *
 * @param withDecryption whether the values of SecureStrings are decrypted
 */
export async function parametersNamed(
  client: SSMClient,
  names: readonly string[],
  withDecryption: boolean,
): Promise<ReadonlyMap<string, Parameter>> {
  const found = new Map<string, Parameter>();
  for (const some of inBatches([...new Set(names)], PARAMETERS_PER_CALL)) {
    const { Parameters: parameters = [] } = await client.send(
      new GetParametersCommand({ Names: some, WithDecryption: withDecryption }),
    );
    for (const parameter of parameters) {
      if (parameter.Name !== undefined) found.set(parameter.Name, parameter);
    }
  }
  return found;
}
