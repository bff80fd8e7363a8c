import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Command } from 'commander';
import { describe, expect, vi } from 'vitest';
import { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import { keysCommand } from '../../tools/commands/keys.ts';
import { redriveCommand } from '../../tools/commands/redrive.ts';
import { replayCommand } from '../../tools/commands/replay.ts';
import type { ToolContext } from '../../tools/support/tool.ts';
import { test as fixture } from '../support/fixture.ts';
import { runOn } from './tool-run.ts';

// An emulator of AWS whose CloudFormation has the stacks of a test, and whose DynamoDB is that of all tests.

type Stacks = Record<string, { status?: string; outputs?: Record<string, string> }>;

const test = fixture
  .extend('outputs', ({ dependencies: { settings } }) => ({
    UsageTableName: settings.usageTableName,
    MessagesTableName: settings.messagesTableName,
    AuditTableName: settings.auditTableName,
    FailedRecordsBucketName: 'failed',
    MessageRetentionDays: '400',
    CounterRetentionDays: '460',
  }))
  .extend('startEmulator', ({ database, onTestFinished }) => async (stacks: Stacks, isAllowed = true) => {
    const server = createServer(async (request, response) => {
      const body = await text(request);
      const asked = new URLSearchParams(body);
      if (asked.has('Action')) return cloudFormation(asked, response, stacks, isAllowed);
      await forward(database.endpoint, request, body, response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    });
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  })
  .extend(
    'run',
    ({ dependencies }) =>
      (
        command: (context: ToolContext) => Command,
        args: readonly string[],
        environment: Record<string, string> = {},
      ) =>
        runOn(dependencies, command, args, { environment }),
  );

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

function cloudFormation(
  asked: URLSearchParams,
  response: ServerResponse,
  stacks: Stacks,
  isAllowed: boolean,
): void {
  const answer = (status: number, body: string) =>
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  const error = (status: number, code: string, message: string) =>
    answer(
      status,
      `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    );
  if (!isAllowed) return void error(403, 'AccessDenied', 'you are not authorized');
  if (asked.get('Action') === 'ListStacks') {
    const members = Object.entries(stacks).map(
      ([name, { status = 'CREATE_COMPLETE' }]) =>
        `<member><StackName>${name}</StackName><StackStatus>${status}</StackStatus></member>`,
    );
    const list = `<StackSummaries>${members.join('')}</StackSummaries>`;
    return void answer(
      200,
      `<ListStacksResponse><ListStacksResult>${list}</ListStacksResult></ListStacksResponse>`,
    );
  }
  const name = asked.get('StackName') ?? '';
  const stack = stacks[name];
  if (stack === undefined || stack.status === 'DELETE_COMPLETE')
    return void error(400, 'ValidationError', `Stack with id ${name} does not exist`);
  const outputs = Object.entries(stack.outputs ?? {}).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  const member = `<member><StackName>${name}</StackName><StackStatus>${stack.status ?? 'CREATE_COMPLETE'}</StackStatus><Outputs>${outputs.join('')}</Outputs></member>`;
  answer(
    200,
    `<DescribeStacksResponse><DescribeStacksResult><Stacks>${member}</Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
}

async function forward(
  endpoint: string,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const headers = new Headers();
  for (const name of ['x-amz-target', 'content-type', 'authorization', 'x-amz-date']) {
    headers.set(name, request.headersDistinct[name]?.[0] ?? '');
  }
  const method = request.method ?? 'GET';
  const answer = await fetch(endpoint, { method, headers, ...(method === 'POST' && { body }) });
  const type = answer.headers.get('content-type') ?? 'text/plain';
  response.writeHead(answer.status, { 'content-type': type }).end(await answer.text());
}

describe('a tool that is given a stage', () => {
  test('works on the tables of its stack', async ({ outputs, run, startEmulator, table }) => {
    const endpoint = await startEmulator({
      'channel-usage-analytics-dev': { outputs: { ...outputs, UsageTableName: 'another' } },
      'channel-usage-analytics-dev-anna': { outputs },
    });
    const where = ['--stage', 'dev', '--suffix', 'anna', '--endpoint', endpoint];
    const created = await run(keysCommand, ['create', ...where, '--all-peers', '--scopes', 'stats:read']);
    expect(created).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^cua_/) });
    expect(await new ApiKeyStore(table).list()).toHaveLength(1);
  });

  test('finds the emulator that the environment names, as a deploy does', async ({
    outputs,
    run,
    startEmulator,
  }) => {
    const endpoint = await startEmulator({ 'channel-usage-analytics-dev': { outputs } });
    expect(
      await run(keysCommand, ['list', '--stage', 'dev'], { AWS_ENDPOINT_URL: endpoint, AWS_PROFILE: 'mine' }),
    ).toEqual({ exitCode: 0, stdout: '', stderr: 'There are no API keys.\n' });
  });

  test('takes from it how long things are kept', async ({ outputs, run, startEmulator }) => {
    const endpoint = await startEmulator({
      'channel-usage-analytics-dev': { outputs: { ...outputs, MessageRetentionDays: '30' } },
    });
    const days = ['--from', '2026-10-01', '--to', '2026-11-22'];
    const ask = vi.fn<ToolContext['ask']>();
    const replayed = await run(replayCommand, [
      ...['--peer', 'p', ...days, '--dry-run', '--stage', 'dev', '--endpoint', endpoint],
    ]);
    expect(replayed).toMatchObject({
      exitCode: 0,
      stdout: 'No drift: p has 0 user messages stored from 2026-10-24 to 2026-11-22, and all are counted.\n',
      stderr: expect.stringContaining('Days before 2026-10-24 are not compared'),
    });
    expect(ask).not.toHaveBeenCalled();
  });
});

describe('a stage that cannot be worked on is told in a line', () => {
  test('where there is no such stack, with those that there are', async ({ run, startEmulator }) => {
    const endpoint = await startEmulator({
      'channel-usage-analytics-dev': {},
      'channel-usage-analytics-dev-anna': {},
      'channel-usage-analytics-prod': { status: 'DELETE_COMPLETE' },
      CDKToolkit: {},
    });
    const { exitCode, stderr } = await run(keysCommand, ['list', '--stage', 'prod', '--endpoint', endpoint]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        `error: there is no stack channel-usage-analytics-prod in ${endpoint}; ` +
        'there are --stage dev, --stage dev --suffix anna\n',
    });
  });

  test('where there is no stack at all', async ({ run, startEmulator }) => {
    const endpoint = await startEmulator({});
    const { stderr } = await run(keysCommand, ['list', '--stage', 'dev', '--endpoint', endpoint]);
    expect(stderr).toBe(
      `error: there is no stack channel-usage-analytics-dev in ${endpoint}, nor one of another stage\n`,
    );
  });

  test('where an older version has deployed it, but only by a tool that misses something', async ({
    outputs: { MessageRetentionDays: _, ...outputs },
    run,
    startEmulator,
  }) => {
    const endpoint = await startEmulator({ 'channel-usage-analytics-dev': { outputs } });
    const where = ['--stage', 'dev', '--endpoint', endpoint];
    expect(await run(keysCommand, ['list', ...where])).toMatchObject({ exitCode: 0 });
    const days = ['--from', '2026-11-20', '--to', '2026-11-21'];
    const { exitCode, stderr } = await run(replayCommand, ['--peer', 'p', ...days, '--dry-run', ...where]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        'error: the stack channel-usage-analytics-dev has no output MessageRetentionDays: it was deployed by ' +
        `another version of this program; deploy it again (npm run deploy -- --stage dev --endpoint ${endpoint}), ` +
        'or use --aws with --message-retention-days\n',
    });
  });

  test('where it is not deployed to its end', async ({ run, startEmulator }) => {
    const endpoint = await startEmulator({ 'channel-usage-analytics-dev': { status: 'ROLLBACK_COMPLETE' } });
    const { stderr } = await run(keysCommand, ['list', '--stage', 'dev', '--endpoint', endpoint]);
    expect(stderr).toBe(
      `error: the stack channel-usage-analytics-dev in ${endpoint} has no outputs: it is ROLLBACK_COMPLETE\n`,
    );
  });

  test('where its outputs may not be read', async ({ run, startEmulator }) => {
    const endpoint = await startEmulator({}, false);
    const { stderr } = await run(keysCommand, ['list', '--stage', 'dev', '--endpoint', endpoint]);
    expect(stderr).toBe(
      'error: the outputs of the stack channel-usage-analytics-dev cannot be read: ' +
        'AccessDenied: you are not authorized (cloudformation:DescribeStacks is needed)\n',
    );
  });

  test('where nothing answers', async ({ run }) => {
    const { exitCode, stderr } = await run(keysCommand, [
      ...['list', '--stage', 'dev', '--endpoint', 'http://127.0.0.1:9'],
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: Nothing answers at http:\/\/127\.0\.0\.1:9, [^\n]*\n$/);
  });

  test('where there are no credentials', async ({ folder, run }) => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', `${folder}/credentials`);
    vi.stubEnv('AWS_CONFIG_FILE', `${folder}/config`);
    try {
      const { exitCode, stderr } = await run(keysCommand, ['list', '--stage', 'dev'], {
        AWS_REGION: 'eu-central-1',
      });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^error: No credentials of an AWS account were found [^\n]*\n$/);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('options that say the same in two ways are refused', () => {
  test.for([
    [['--aws'], '--aws'],
    [['--data', '.local'], '--data <folder>'],
    [['--table', 'usage'], '--table <name>'],
    [['--dynamodb-endpoint', 'http://127.0.0.1:9'], '--dynamodb-endpoint <url>'],
    [['--folder', 'f'], '--folder <folder>'],
    [['--bucket', 'b'], '--bucket <name>'],
    [['--message-retention-days', '30'], '--message-retention-days <days>'],
  ] as const)('--stage and %s', async ([options, named], { run }) => {
    const { exitCode, stderr } = await run(redriveCommand, ['--stage', 'dev', ...options]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error: option '--stage <stage>' cannot be used with option '${named}'\n`);
  });

  test.for([
    [['--suffix', 'anna'], '--suffix needs --stage'],
    [['--endpoint', 'http://127.0.0.1:9'], '--endpoint needs --stage'],
  ] as const)('%s alone', async ([options, message], { run }) => {
    expect(await run(redriveCommand, options)).toMatchObject({ exitCode: 1, stderr: `error: ${message}\n` });
  });

  test.for([
    [
      ['--stage', 'test'],
      /error: option '--stage <stage>' argument 'test' is invalid. Allowed choices are dev, prod/,
    ],
    [['--stage', 'dev', '--suffix', '1a'], /argument '1a' is invalid. a suffix is up to 20 small letters/],
    [['--stage', 'dev', '--endpoint', 'here'], /argument 'here' is invalid. An endpoint is a URL/],
  ] as const)('and so are those that cannot be: %j', async ([options, message], { run }) => {
    expect(await run(redriveCommand, options)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(message),
    });
  });
});
