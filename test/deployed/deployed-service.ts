import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { apiUrl } from '../../infra/commands/next-steps.ts';
import { environmentOf, stackOptions, type Target } from '../../infra/commands/target.ts';
import { type StackChoice, stackName } from '../../infra/stack-name.ts';
import { readStackOutputs, type StackOutputs } from '../../infra/stack-outputs.ts';
import { Shell } from './shell.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const DESTROYED_WITHIN_MS = 10 * 60_000;

/** Where and as what the stack is deployed. */
export interface DeploymentOptions {
  target: Target;
  suffix?: string;
  /** Whether a REST API stands before the functions, instead of an HTTP API. */
  restApi?: boolean;
  /** The account that may be touched, where it is a real one. */
  account?: string;
  /** Where the CDK and the commands put what they make. */
  output: string;
  /** How long what was posted may take to be counted. */
  countedWithinMs: number;
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** What an address of the service answered. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

interface Deployed {
  outputs: StackOutputs;
  url: string;
  client: DynamoDBDocumentClient;
}

/** The service as it is deployed, again and again, by the commands that a person has for it. */
export class DeployedService {
  /** A shell in the repository. */
  readonly shell: Shell;
  /** The options by which all commands name the stack, and those of a deploy besides. */
  readonly stackFlags: string;
  readonly flags: string;
  readonly #stack: StackChoice;
  /** The key with which it is called. */
  apiKey = '';
  readonly #options: DeploymentOptions;
  #deployed: Deployed | undefined;
  #isDeployed = false;

  constructor(options: DeploymentOptions) {
    const { account, environment, output, restApi, signal, suffix, target } = options;
    this.#options = options;
    this.shell = new Shell(REPOSITORY, environment, signal);
    this.#stack = { stage: 'dev', suffix };
    this.stackFlags = stackOptions(this.#stack, target);
    this.flags = [
      this.stackFlags,
      ...(account === undefined ? [] : [`--account ${account}`]),
      ...(target.endpoint === undefined ? ['--yes'] : []),
      ...(restApi === true ? ['--rest-api'] : []),
      `--output ${output}`,
    ].join(' ');
  }

  get outputs(): StackOutputs {
    return this.#latest.outputs;
  }

  get client(): DynamoDBDocumentClient {
    return this.#latest.client;
  }

  /** The name of the stack. */
  get stack(): string {
    return stackName(this.#stack);
  }

  /** How a client of AWS reaches the place where it is deployed. */
  get clientOptions() {
    return clientOptions(this.#options.target, this.outputs.Region);
  }

  /** Deploys what is in a shell's folder; gives what the command said. */
  async deploy(from: Shell, more = ''): Promise<string> {
    const { output, target } = this.#options;
    this.#isDeployed = true;
    const said = await from.succeed(`npm run --silent deploy -- ${this.flags} ${more}`);
    const outputs = readStackOutputs(join(output, `${this.stack}.outputs.json`), this.stack);
    this.#deployed?.client.destroy();
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientOptions(target, outputs.Region)));
    this.#deployed = { outputs, url: apiUrl(outputs, target), client };
    return said;
  }

  async destroy(): Promise<void> {
    await this.shell.succeed(`npm run --silent destroy -- ${this.flags}`);
    this.#isDeployed = false;
  }

  /** Leaves nothing behind that costs somebody something: an emulator forgets by itself. */
  async cleanUp(): Promise<void> {
    const { environment, target } = this.#options;
    this.#deployed?.client.destroy();
    if (!this.#isDeployed || target.endpoint !== undefined) return;
    const signal = AbortSignal.timeout(DESTROYED_WITHIN_MS);
    const unhurried = new Shell(REPOSITORY, environmentOf(target, environment), signal);
    await unhurried.succeed(`npm run --silent destroy -- ${this.flags}`);
  }

  /** The address of the dashboard, as a person is told it. */
  get page(): string {
    return `${this.#latest.url}/`;
  }

  async call(path: string, init: RequestInit = {}, key = this.apiKey): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (key !== '') headers.set('authorization', `Bearer ${key}`);
    const { signal } = this.#options;
    const answer = await fetch(`${this.#latest.url}${path}`, { ...init, headers, signal });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text };
  }

  post(peer: string, messages: readonly object[], key?: string): Promise<Answer> {
    return this.call(
      `/api/v1/peer/${peer}/messages`,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ messages }) },
      key,
    );
  }

  async stats(peer: string): Promise<unknown> {
    const { status, text } = await this.call(`/api/v1/peer/${peer}/channel-stats`);
    assert.equal(status, 200, text);
    return JSON.parse(text);
  }

  /** Asks until the answer is the expected one. @returns how long that took, in milliseconds */
  async eventually<Value>(
    ask: () => Promise<Value>,
    expected: Value,
    withinMs = this.#options.countedWithinMs,
  ): Promise<number> {
    const begun = performance.now();
    for (;;) {
      const value = await ask();
      const passed = performance.now() - begun;
      try {
        assert.deepEqual(value, expected);
        return passed;
      } catch (error) {
        if (passed > withinMs) throw error;
      }
      await pause(100, undefined, { signal: this.#options.signal });
    }
  }

  /**
   * Runs a tool on the stack, with nobody at the terminal; gives what it said.
   *
   * @param command its name and what comes before the options that name the stack, such as `replay --`
   * @param args what comes behind them
   */
  runTool(command: string, args = ''): Promise<string> {
    return this.shell.succeed(
      `AWS_REGION=${this.outputs.Region} npm run --silent ${command} ${this.stackFlags} ${args}`,
    );
  }

  async manageKeys(args: string): Promise<string> {
    return this.runTool(`keys -- ${args}`, '2>/dev/null');
  }

  async makeKey(args: string): Promise<string> {
    return (await this.manageKeys(`create ${args}`)).trim();
  }

  get #latest(): Deployed {
    if (this.#deployed === undefined) throw new Error('the stack is not deployed');
    return this.#deployed;
  }
}

/** How a client of AWS reaches the place where a stack is deployed. */
function clientOptions({ endpoint }: Target, region: string) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { region, ...(endpoint !== undefined && { endpoint, credentials }) };
}
