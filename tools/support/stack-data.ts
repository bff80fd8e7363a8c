import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStacks,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import type { Command } from 'commander';
import { CLIENT_LIMITS } from '../../functions/shared/runtime/dependencies.ts';
import { errorInALine } from '../../functions/shared/runtime/error-text.ts';
import { type AwsConnection, awsConnection, proxyAgent } from '../../infra/commands/aws-connection.ts';
import { checkTarget, TargetError } from '../../infra/commands/check-target.ts';
import { type Environment, stackOptions, type Target, targetOf } from '../../infra/commands/target.ts';
import { type StackChoice, stackName, stackOfName } from '../../infra/stack-name.ts';
import { stackOutput } from '../../infra/stack-outputs.ts';
import { FROM_OUTPUTS } from './options-from-outputs.ts';
import { ToolError } from './tool-error.ts';

/** What clients of AWS are made with: who they are, how long they wait, and through which proxy. */
export type AwsClientOptions = AwsConnection & typeof CLIENT_LIMITS;

/** How many pages of names of stacks are read to say which stages there are; a page has up to 100. */
const MAX_PAGES = 5;

/** Sets the options of a tool that the outputs of a stack give. @throws ToolError where there is none, or it has none of one */
export async function setFromStack(
  command: Command,
  choice: StackChoice,
  endpoint: string | undefined,
  environment: Environment,
): Promise<void> {
  const target = targetOf(endpoint, environment);
  await requireTarget(target, environment);
  const { requestHandler, ...limits } = CLIENT_LIMITS;
  const client: AwsClientOptions = {
    ...awsConnection(target, environment),
    ...limits,
    requestHandler: { ...requestHandler, httpsAgent: proxyAgent(environment) },
  };
  const outputs = await outputsOf(choice, target, client);
  command.setOptionValue('aws', true);
  command.setOptionValue('client', client);
  for (const [name, output] of Object.entries(FROM_OUTPUTS)) {
    const option = command.options.find((each) => each.attributeName() === name);
    if (option === undefined) continue;
    const value = stackOutput(output, outputs);
    if (value === undefined) {
      throw new ToolError(
        `the stack ${stackName(choice)} has no output ${output}: it was deployed by another version of this ` +
          `program; deploy it again (npm run deploy -- ${stackOptions(choice, target)}), or use --aws with ` +
          `${option.long}`,
      );
    }
    command.setOptionValue(name, option.parseArg === undefined ? value : option.parseArg(value, undefined));
  }
}

/** @throws ToolError where nothing answers, or there are no region and credentials */
async function requireTarget(target: Target, environment: Environment): Promise<void> {
  try {
    await checkTarget(target, environment, undefined);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    throw new ToolError(error.message, { cause: error });
  }
}

/** @throws ToolError where there is no such stack, or its outputs cannot be read */
async function outputsOf(
  choice: StackChoice,
  target: Target,
  options: AwsClientOptions,
): Promise<ReadonlyMap<string, string>> {
  const client = new CloudFormationClient(options);
  const name = stackName(choice);
  try {
    const stack = await describe(client, name);
    const place = target.endpoint ?? (await client.config.region());
    if (stack === undefined) {
      throw new ToolError(`there is no stack ${name} in ${place}${await others(client)}`);
    }
    const outputs = new Map(
      (stack.Outputs ?? []).flatMap(({ OutputKey: key, OutputValue: value }) =>
        key === undefined || value === undefined ? [] : [[key, value] as const],
      ),
    );
    if (outputs.size === 0) {
      throw new ToolError(
        `the stack ${name} in ${place} has no outputs: it is ${stack.StackStatus ?? 'in an unknown state'}`,
      );
    }
    return outputs;
  } catch (error) {
    if (error instanceof ToolError || !(error instanceof Error)) throw error;
    throw new ToolError(
      `the outputs of the stack ${name} cannot be read: ${errorInALine(error)} ` +
        '(cloudformation:DescribeStacks is needed)',
      { cause: error },
    );
  } finally {
    client.destroy();
  }
}

async function describe(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks: stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return stacks[0];
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

/** Which stacks of this service there are instead, as the end of a sentence; nothing where that cannot be found out. */
async function others(client: CloudFormationClient): Promise<string> {
  const found: string[] = [];
  let pages = 0;
  try {
    for await (const { StackSummaries: stacks = [] } of paginateListStacks({ client }, {})) {
      for (const { StackName: name = '', StackStatus: status } of stacks) {
        const choice = stackOfName(name);
        if (choice !== undefined && status !== 'DELETE_COMPLETE') found.push(stackOptions(choice, {}));
      }
      pages += 1;
      if (pages === MAX_PAGES) break;
    }
  } catch {
    return '';
  }
  if (found.length === 0) return ', nor one of another stage';
  return `; there are ${found.toSorted().join(', ')}`;
}
