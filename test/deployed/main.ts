import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command } from 'commander';
import { errorStack } from '../../functions/shared/runtime/error-text.ts';
import { environmentOf, targetOf } from '../../infra/commands/target.ts';
import {
  bootstrapEmulator,
  EMULATOR_FOLDER,
  type Emulator,
  EmulatorError,
  installEmulator,
  startEmulator,
} from './emulator.ts';
import { notPossibleOn, type Place } from './not-possible.ts';
import { Shell } from './shell.ts';
import { DeployedSuite, type SuiteOptions } from './suite.ts';

const SUFFIX = 'test';
const EMULATOR_WITHIN_MS = 15 * 60_000;
const AWS_WITHIN_MS = 45 * 60_000;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Options {
  endpoint?: string;
  aws?: boolean;
  restApi?: boolean;
  account?: string;
}

/** What was asked for is not done, for the reason in the message. */
class RefusedError extends Error {
  override name = 'RefusedError';
}

const stopping = new AbortController();
for (const signal of STOP_SIGNALS) {
  process.on(signal, () => stopping.abort(new Error(`it was stopped by ${signal}`)));
}
process.exitCode = await main(readOptions());

function readOptions(): Options {
  const command = new Command('npm run test:deployed --')
    .description('Deploys the service, uses it, and takes it away again: on an emulator that it installs.')
    .option('--endpoint <url>', 'on an emulator that runs already, such as LocalStack')
    .option('--aws', 'in the AWS account of the credentials, as a stack of its own; this costs a few cents')
    .option(
      '--rest-api',
      'with a REST API alone; without it with an HTTP API, and on the emulator that it installs with both',
    )
    .option('--account <id>', 'the number of that account; --aws needs it')
    .allowExcessArguments(false)
    .showHelpAfterError();
  const options = command.parse().opts<Options>();
  if (options.aws === true && options.endpoint !== undefined)
    command.error('error: --aws does not go with --endpoint');
  if (options.aws === true && !/^\d{12}$/.test(options.account ?? '')) {
    command.error('error: --aws needs --account, the twelve digits of the account that is to be used');
  }
  return options;
}

async function main({ account, aws = false, endpoint, restApi = false }: Options): Promise<number> {
  const begun = performance.now();
  const signal = AbortSignal.any([
    stopping.signal,
    AbortSignal.timeout(aws ? AWS_WITHIN_MS : EMULATOR_WITHIN_MS),
  ]);
  const output = join(EMULATOR_FOLDER, 'cdk.out');
  mkdirSync(output, { recursive: true });
  const common = { output, signal, environment: process.env, restApi };
  let emulator: Emulator | undefined;
  try {
    if (aws) {
      await checkAccount(account);
      return await play(
        {
          ...common,
          target: {},
          suffix: SUFFIX,
          countedWithinMs: 60_000,
          deployedWithinMs: 5 * 60_000,
          ...(account !== undefined && { account }),
        },
        'account',
      );
    }
    if (endpoint !== undefined) {
      return await play(
        {
          ...common,
          target: targetOf(endpoint, {}),
          suffix: SUFFIX,
          countedWithinMs: 30_000,
          deployedWithinMs: 60_000,
        },
        'endpoint',
      );
    }
    say('install the emulator');
    const program = installEmulator();
    emulator = await startEmulator(program);
    say(`the emulator answers on ${emulator.endpoint} after ${seconds(begun)}`);
    const target = { endpoint: emulator.endpoint };
    await bootstrapEmulator(emulator, new Shell(process.cwd(), environmentOf(target, process.env), signal));
    say(`it is prepared for the CDK after ${seconds(begun)}`);
    return await play(
      { ...common, target, withRestApi: !restApi, countedWithinMs: 15_000, deployedWithinMs: 30_000 },
      'installed',
    );
  } catch (error) {
    if (!(error instanceof EmulatorError) && !(error instanceof RefusedError)) throw error;
    say(error.message);
    return 1;
  } finally {
    await emulator?.stop();
  }
}

/** Plays the steps in their order; after one that failed the others are not tried. */
async function play(options: SuiteOptions, place: Place): Promise<number> {
  const begun = performance.now();
  const suite = new DeployedSuite(options);
  const { failed, passed } = await playSteps(suite);
  const notRun = suite.steps.length - passed - failed;
  say('\nNot tried here:');
  for (const { what, why, instead } of notPossibleOn(place)) {
    say(`  - ${what}\n      because ${why}\n      tried instead: ${instead}`);
  }
  say(`\nafter ${seconds(begun)}`);
  say(`${passed} passed, ${failed} failed${notRun === 0 ? '' : `, ${notRun} skipped`}`);
  return failed === 0 ? 0 : 1;
}

async function playSteps(suite: DeployedSuite): Promise<{ passed: number; failed: number }> {
  let passed = 0;
  try {
    for (const { name, run } of suite.steps) {
      const begun = performance.now();
      try {
        const measured = await run();
        passed += 1;
        say(`ok      ${name} (${seconds(begun)}${measured === undefined ? '' : `; ${measured}`})`);
      } catch (error) {
        say(`FAILED  ${name} (${seconds(begun)})\n${errorStack(error)}`);
        return { passed, failed: 1 };
      }
    }
    return { passed, failed: 0 };
  } finally {
    await suite.cleanUp();
  }
}

/**
 * Refuses an emulator in the account's place, and credentials that are known to be of another account. Not all kinds of credentials say whose they
 * are; the CDK refuses the others when it deploys.
 */
async function checkAccount(account: string | undefined): Promise<void> {
  if (targetOf(undefined, process.env).endpoint !== undefined) {
    throw new RefusedError('AWS_ENDPOINT_URL names an emulator: unset it, or leave --aws out');
  }
  const client = new DynamoDBClient({});
  const { accountId } = await client.config.credentials();
  client.destroy();
  if (accountId !== undefined && accountId !== account) {
    throw new RefusedError(`the credentials are of the account ${accountId}, and not of ${account}`);
  }
}

function seconds(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
