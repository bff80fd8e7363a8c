import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Stage, stackName } from '../stack-name.ts';
import { readStackOutputs } from '../stack-outputs.ts';
import {
  NOBODY,
  type SettingsGiven,
  type StackSettings,
  StackSettingsError,
  settingsOf,
} from '../stack-settings.ts';
import { neededParameters } from '../told-settings.ts';
import { cdk } from './cdk.ts';
import { checkParameters } from './check-parameters.ts';
import { checkTables } from './check-tables.ts';
import { checkTarget, TargetError } from './check-target.ts';
import { nextSteps } from './next-steps.ts';
import { endpointOption, stageOption, suffixOption } from './stack-options.ts';
import { hasStoredKey } from './stored-keys.ts';
import { environmentOf, stackOptions, type Target, targetOf } from './target.ts';

interface StageOptions {
  stage: Stage;
  suffix?: string;
  account?: string;
  alarmsTo?: string;
  endpoint?: string;
  restApi?: boolean;
  output: string;
}

interface DeployOptions extends StageOptions {
  bootstrap: boolean;
  yes: boolean;
}

type DestroyOptions = StageOptions & Pick<DeployOptions, 'yes'>;

await commands().parseAsync();

function commands(): Command {
  const program = new Command('npm run').description('Deploys Channel Usage Analytics.');
  addStageOptions(program.command('deploy'))
    .description('creates or updates the stack of a stage')
    .option('--bootstrap', 'first prepare the account and region for the CDK; needed once', false)
    .option('--yes', 'do not ask before permissions change', false)
    .action(deploy);
  addStageOptions(program.command('destroy'))
    .description('deletes the stack of a stage; in prod its data stays')
    .option('--yes', 'do not ask first', false)
    .action(destroy);
  addStageOptions(program.command('diff')).description('shows what a deploy would change').action(diff);
  return program;
}

function addStageOptions(command: Command): Command {
  return command
    .addOption(stageOption().makeOptionMandatory())
    .addOption(suffixOption())
    .option(
      '--alarms-to <addresses>',
      "who is told of alarms, separated by commas, or 'none'; else as in the settings",
    )
    .option('--account <id>', 'the only account that may be touched; others are refused')
    .addOption(endpointOption())
    .option('--rest-api', 'a REST API before the functions, instead of an HTTP API; else as in the settings')
    .option('--output <folder>', 'where the CDK puts what it makes', 'cdk.out')
    .allowExcessArguments(false)
    .showHelpAfterError();
}

async function deploy(options: DeployOptions): Promise<void> {
  const { alarmsTo, bootstrap, output, restApi, stage, yes } = options;
  const target = targetOf(options.endpoint, process.env);
  const settings = checkedSettings(stage, {
    emulator: target.endpoint !== undefined,
    alarmsTo,
    ...(restApi && { endpoint: 'rest-api' }),
  });
  if (settings === undefined) return;
  await refuseUnreachable(target, options.account);
  await refuseMissingParameters(settings, target);
  await orEnd(() => checkTables(settings, target, process.env));
  const environment = environmentOf(target, process.env);
  const app = appArguments(options, target);
  if (bootstrap && !(await succeeds(['bootstrap', ...app], environment))) return;
  const name = stackName(options);
  const outputsFile = join(output, `${name}.outputs.json`);
  rmSync(outputsFile, { force: true });
  const asking = yes || target.endpoint !== undefined ? ['--require-approval', 'never'] : [];
  // Tables that settings name are taken over by the stack.
  const taking = Object.keys(settings.tableNames).length > 0 ? ['--import-existing-resources'] : [];
  const deploying = ['deploy', name, ...app, ...asking, ...taking, '--outputs-file', outputsFile];
  if (!(await succeeds(deploying, environment))) return;
  const outputs = readStackOutputs(outputsFile, name);
  const hasKey = await hasStoredKey(outputs, stackOptions(options, target), environment);
  process.stdout.write(
    nextSteps(outputs, target, { settings, options: stackOptions(options, target), hasKey }),
  );
}

/** Ends this process where a target cannot be reached, or is another account than the only one that may be. */
async function refuseUnreachable(target: Target, account: string | undefined): Promise<void> {
  await orEnd(() => checkTarget(target, process.env, account));
}

/** Ends this process where functions would lack parameters that settings name. */
async function refuseMissingParameters(
  { notifications: { webhooks }, exports }: StackSettings,
  target: Target,
): Promise<void> {
  const notChecked = await orEnd(() =>
    checkParameters(neededParameters({ webhooks, exports }), target, process.env),
  );
  if (notChecked !== undefined) process.stderr.write(`${notChecked}\n`);
}

/** What a check gives; ends this process where that fails. */
async function orEnd<Result>(check: () => Promise<Result>): Promise<Result> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    process.stderr.write(`${error.message}\n`);
    // At once: a program that gives no credentials may still be waited for.
    return process.exit(1);
  }
}

/** The settings of a stage; nothing where they are wrong, which is said before a template is made of them. */
function checkedSettings(stage: Stage, given: SettingsGiven): StackSettings | undefined {
  try {
    return settingsOf(stage, given);
  } catch (error) {
    if (!(error instanceof StackSettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

async function destroy(given: DestroyOptions): Promise<void> {
  // Whoever is told of alarms: what is to be destroyed needs no subscriber.
  const options = { ...given, alarmsTo: NOBODY };
  const target = targetOf(options.endpoint, process.env);
  await refuseUnreachable(target, options.account);
  const force = options.yes || target.endpoint !== undefined ? ['--force'] : [];
  const args = ['destroy', stackName(options), ...appArguments(options, target), ...force];
  if (await succeeds(args, environmentOf(target, process.env))) return;
  process.stderr.write(
    '\nThe stack is not deleted. A failure destination that still holds records is not deleted either, nor is a ' +
      'bucket with reports or exported days: docs/operations.md says how to empty them. The stack of prod is ' +
      'protected, and so are its tables.\n',
  );
}

async function diff(options: StageOptions): Promise<void> {
  const target = targetOf(options.endpoint, process.env);
  await refuseUnreachable(target, options.account);
  const args = ['diff', stackName(options), ...appArguments(options, target)];
  await succeeds(args, environmentOf(target, process.env));
}

/** What the CDK has to know to make the template. */
function appArguments(
  { account, alarmsTo, output, restApi, stage, suffix }: StageOptions,
  { endpoint }: Target,
): string[] {
  const context = {
    stage,
    ...(suffix !== undefined && { suffix }),
    ...(account !== undefined && { account }),
    ...(alarmsTo !== undefined && { alarmsTo }),
    ...(endpoint !== undefined && { emulator: 'true' }),
    ...(restApi && { endpoint: 'rest-api' }),
  };
  const pairs = Object.entries(context).map(([name, value]) => `${name}=${value}`);
  return [...pairs.flatMap((pair) => ['--context', pair]), '--output', output];
}

/** Whether the CDK did what it was asked for; its exit code becomes that of this process. */
async function succeeds(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  const code = await cdk(args, environment);
  if (code !== 0) process.exitCode = code;
  return code === 0;
}
