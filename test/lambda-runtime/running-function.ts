import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { addDashboard, addPublishedDocuments } from '../../infra/built-files.ts';
import { type FunctionFolder, writeBundle } from '../../infra/bundling.ts';
import { freePort } from '../../local/database/dynamodb-process.ts';
import { Program } from '../support/host/program.ts';
import type { LambdaRuntime } from './install.ts';

const READY_WITHIN_MS = 30_000;
const ANSWER_WITHIN_MS = 60_000;

/** A bundle under Lambda's runtime. */
export interface RunningFunction {
  /** Sends an event; gives what the function returns, as JSON. */
  invoke(event: object): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Bundles a function as it is deployed, and starts it under Lambda's runtime.
 *
 * @param folder where the bundle goes
 * @param environment its environment variables
 * @throws Error where it does not start
 */
export async function startFunction(
  { emulator, client }: LambdaRuntime,
  name: FunctionFolder,
  folder: string,
  environment: Record<string, string>,
): Promise<RunningFunction> {
  const place = join(folder, name);
  mkdirSync(place);
  writeBundle(name, place);
  if (name === 'serve-dashboard') addDashboard(place);
  if (name === 'usage-api') addPublishedDocuments(place);
  const invocations = `127.0.0.1:${await freePort()}`;
  const program = new Program(
    emulator,
    [
      ...['--runtime-interface-emulator-address', invocations],
      ...['--runtime-api-address', `127.0.0.1:${await freePort()}`],
      ...[process.execPath, client, 'index.handler'],
    ],
    {
      cwd: place,
      env: {
        PATH: process.env['PATH'],
        HOME: place,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_TIMEOUT: String(ANSWER_WITHIN_MS / 1000),
        LAMBDA_TASK_ROOT: place,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        ...environment,
      },
    },
  );
  const address = `http://${invocations}/2015-03-31/functions/function/invocations`;
  await listening(program, invocations);
  return {
    async invoke(event) {
      const answer = await fetch(address, {
        method: 'POST',
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const text = await answer.text();
      if (!answer.ok)
        throw new Error(`${name}: the runtime answered ${answer.status}: ${text}\n${program.output()}`);
      return JSON.parse(text);
    },
    async stop() {
      program.process.kill('SIGTERM');
      await program.exit;
    },
  };
}

/** Waits until the emulator takes connections. */
async function listening(program: Program, address: string): Promise<void> {
  const ended = program.exit.then(({ code, stdout, stderr }) => {
    throw new Error(`the runtime interface emulator ended with ${code}: ${stdout}${stderr}`);
  });
  ended.catch(() => {});
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const isThere = fetch(`http://${address}/`, { signal: AbortSignal.timeout(READY_WITHIN_MS) }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return true;
      },
      () => false,
    );
    if (await Promise.race([isThere, ended])) return;
    if (performance.now() > deadline) throw new Error('the runtime interface emulator takes no connections');
    await pause(50);
  }
}
