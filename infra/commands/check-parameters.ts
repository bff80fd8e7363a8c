import { type Parameter, SSMClient } from '@aws-sdk/client-ssm';
import { errorMessage, errorSummary } from '../../functions/shared/runtime/error-text.ts';
import { parametersNamed } from '../../functions/shared/runtime/parameter-batches.ts';
import type { NeededParameter } from '../told-settings.ts';
import { checkingClient } from './aws-connection.ts';
import { TargetError } from './check-target.ts';
import type { Environment, Target } from './target.ts';

const GUIDE = 'docs/how-to/be-told.md#settings';
const WITHIN_MS = 10_000;

/**
 * Checks that the parameters which settings name are in the Parameter Store of a target, as SecureStrings, before
 * functions are made that need them. Their values are not decrypted.
 *
 * @returns what could not be checked, in a sentence, where a profile asks for a code that the CDK alone can ask for
 * @throws TargetError that names those that are missing or no SecureStrings, and says how to make them
 */
export async function checkParameters(
  needed: readonly NeededParameter[],
  target: Target,
  environment: Environment,
): Promise<string | undefined> {
  if (needed.length === 0) return undefined;
  const client = new SSMClient(checkingClient(target, environment, WITHIN_MS));
  const names = [...new Set(needed.map(({ name }) => name))];
  try {
    const found = await parametersNamed(client, names, false);
    const problems = needed.flatMap((parameter) => problemOf(parameter, found.get(parameter.name)) ?? []);
    if (problems.length === 0) return undefined;
    const region = await client.config.region();
    throw new TargetError(told(problems, region, target));
  } catch (error) {
    if (error instanceof TargetError) throw error;
    if (/multi-factor authentication/.test(errorMessage(error))) {
      return `Not checked, because the profile asks for a code: whether the parameters ${names.join(', ')} exist.`;
    }
    throw new TargetError(
      `The parameters of SSM that the settings name could not be checked (${errorSummary(error)}). ` +
        `The credentials need ssm:GetParameters on ${names.join(', ')}: ${GUIDE}`,
    );
  } finally {
    client.destroy();
  }
}

interface ParameterProblem extends NeededParameter {
  problem: string;
  /** Whether one that is there has to go before another can be made. */
  isThere: boolean;
}

function problemOf(needed: NeededParameter, found: Parameter | undefined): ParameterProblem | undefined {
  if (found === undefined) return { ...needed, problem: 'does not exist', isThere: false };
  if (found.Type === 'SecureString') return undefined;
  return { ...needed, problem: `is a ${found.Type}, and has to be a SecureString`, isThere: true };
}

function told(problems: readonly ParameterProblem[], region: string, { endpoint }: Target): string {
  const where = `--region ${region}${endpoint === undefined ? '' : ` --endpoint-url ${endpoint}`}`;
  const commands = new Map(
    problems.map(({ name, isThere }) => [
      name,
      [
        ...(isThere ? [`  aws ssm delete-parameter ${where} --name ${name}\n`] : []),
        `  read -rs SECRET && aws ssm put-parameter ${where} --type SecureString --name ${name} --value "$SECRET"\n`,
      ].join(''),
    ]),
  );
  return [
    'Nothing was deployed: settings name parameters of SSM that functions could not read.\n\n',
    ...problems.map(({ name, setting, problem }) => `  - ${name} (${setting}) ${problem}\n`),
    '\nMake each of them, with what it is to hold typed in where the command waits for it:\n\n',
    ...commands.values(),
    `\n${GUIDE} says what each has to hold.`,
  ].join('');
}
