import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, expect, test } from 'vitest';
import { dynamodbClient } from '../../../functions/shared/runtime/dependencies.ts';
import { connectionTo } from '../../../local/database/local-database.ts';
import { keysCommand } from '../../../tools/commands/keys.ts';
import { runTool, type ToolContext } from '../../../tools/support/tool.ts';
import {
  cleanUp,
  type HostStart,
  postMessages,
  startLocalHost,
  statsWith,
  temporaryFolder,
} from '../../support/host/local-host.ts';
import { hostWithoutDynoxide } from '../../support/host/without-dynoxide.ts';

// A local host on the official DynamoDB Local: run by `npm run test:dynamodb-local`, where there is Java.

afterEach(cleanUp);

test.runIf(process.env['DYNAMODB_ENDPOINT'] !== undefined)(
  'a host runs on DynamoDB Local, says so, and has its counts after a kill and a restart',
  async () => {
    const dataFolder = await temporaryFolder();
    const start: HostStart = { dataFolder, options: ['--no-sample'], program: await hostWithoutDynoxide() };
    const host = await startLocalHost(start);
    expect(host.output()).toContain('it runs on the official DynamoDB Local, with Java');
    await record(host, 'a');
    await statsWith(host, 'peer_1', 1);

    const address = (await readFile(join(dataFolder, 'database-endpoint'), 'utf8')).trim();
    expect(await tablesSeen(address)).toEqual([
      'channel-usage',
      'channel-usage-audit',
      'channel-usage-messages',
    ]);
    expect(await tablesSeen(address.replace(/\/\/\w+@/, '//another@'))).toEqual([]);
    const names = await readdir(join(dataFolder, 'dynamodb-local'));
    for (const name of names) {
      expect((await stat(join(dataFolder, 'dynamodb-local', name))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(dataFolder, 'dynamodb-local'))).mode & 0o777).toBe(0o700);
    await record(host, 'b');
    host.process.kill('SIGKILL');
    await host.exit;

    // A dynoxide that was installed meanwhile changes nothing: the data is where it is.
    const again = await startLocalHost({ dataFolder, options: ['--no-sample'] });
    await record(again, 'c');
    const { total } = await statsWith(again, 'peer_1', 3);
    expect(total).toEqual({ conversationCount: 1, messageCount: 3 });
    expect(await listKeys(dataFolder)).toContain('local host');
    again.process.kill('SIGINT');
    expect(await again.exit).toMatchObject({ code: 0, stderr: '' });
    expect(await listKeys(dataFolder)).toContain('local host');
  },
);

function record(host: Parameters<typeof postMessages>[0], messageId: string) {
  return postMessages(host, 'peer_1', [
    { messageId, conversationId: 'conversation-1', channelId: 'direct', role: 'user' },
  ]);
}

async function tablesSeen(address: string): Promise<string[] | undefined> {
  const client = dynamodbClient(connectionTo(address));
  try {
    return (await client.send(new ListTablesCommand())).TableNames;
  } finally {
    client.destroy();
  }
}

/** What `npm run keys -- list` prints of a data folder, whose host may run or not. */
async function listKeys(dataFolder: string): Promise<string> {
  let said = '';
  const say = (text: string) => {
    said += text;
  };
  const context: ToolContext = {
    clock: Date.now,
    waiting: { pause: async () => {}, deadline: async () => {}, random: () => 0 },
    randomBytes: (length) => new Uint8Array(length),
    environment: {},
    write: say,
    say,
    terminal: undefined,
    ask: async () => undefined,
  };
  await runTool(keysCommand(context), ['list', '--data', dataFolder], context);
  return said;
}
