import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { FailedBatchFolder } from '../../../local/aws/stream/failed-batches.ts';
import { databaseFilesOf, failedBatchesFolderOf } from '../../../local/host/data-folder.ts';
import { forgetCommand } from '../../../tools/commands/forget.ts';
import { streamRecord } from '../../faults/history.ts';
import { test as fixture } from '../../support/fixture.ts';
import {
  channelStats,
  cleanUp,
  postMessages,
  startLocalHost,
  statsWith,
  temporaryFolder,
  until,
} from '../../support/host/local-host.ts';
import { runOn } from '../../tools/tool-run.ts';

afterEach(cleanUp);

const PEER = 'peer_reached_everywhere';
const CONVERSATION = '+49 170 5550123 unmistakable';

const test = fixture
  .extend(
    'forget',
    ({ dependencies }) =>
      (dataFolder: string, ...whom: string[]) =>
        runOn(dependencies, forgetCommand, ['--data', dataFolder, ...whom, '--yes'], { clock: Date.now }),
  )
  /** Forgets the conversation, again and again as it says, until everything of it is counted and gone. */
  .extend(
    'forgetConversation',
    ({ forget }) =>
      (dataFolder: string) =>
        until(async () => {
          const whom = ['--peer', PEER, '--conversation', CONVERSATION];
          const { exitCode, stderr } = await forget(dataFolder, ...whom);
          expect(exitCode, stderr).toBe(0);
          return stderr.includes('not counted yet') ? undefined : stderr;
        }),
  );

function message(conversationId: string, messageId: string = randomUUID()) {
  return { channelId: 'whatsapp', conversationId, messageId, role: 'user' };
}

/** The files of a folder that hold a text, as bytes. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = join(entry.parentPath, entry.name);
    if ((await readFile(file)).includes(text)) found.push(entry.name);
  }
  return found.sort();
}

async function giveUp(dataFolder: string, conversationIds: readonly string[]): Promise<void> {
  const now = Date.now();
  const records = conversationIds.map((conversationId, number) =>
    streamRecord(
      { ...message(conversationId), role: 'user', peerId: PEER, sentAt: now },
      900 + number,
      false,
    ),
  );
  const batch = { reason: 'RecordAgeExceeded' as const, attempts: 3, records };
  await new FailedBatchFolder(failedBatchesFolderOf(dataFolder), Date.now).add(batch);
}

test('no file of a data folder holds the id of a forgotten conversation, while the host runs on', async ({
  forgetConversation,
}) => {
  const dataFolder = await temporaryFolder();
  const host = await startLocalHost({ dataFolder, options: ['--no-sample'] });
  const forgotten = Array.from({ length: 40 }, () => message(CONVERSATION));
  await postMessages(host, PEER, [...forgotten, message('another')]);
  await statsWith(host, PEER, 41);
  await giveUp(dataFolder, [CONVERSATION, 'a neighbour of it']);
  await giveUp(dataFolder, [CONVERSATION]);
  expect(await filesWith(dataFolder, CONVERSATION)).not.toEqual([]);
  const said = await forgetConversation(dataFolder);
  expect(said).toMatch(/copies of the data folder/);
  expect(said).not.toMatch(/free parts|backups|24 hours/);
  expect(await filesWith(dataFolder, CONVERSATION)).toEqual([]);
  expect(await readdir(failedBatchesFolderOf(dataFolder))).toHaveLength(1);
  expect(await filesWith(failedBatchesFolderOf(dataFolder), 'a neighbour of it')).toHaveLength(1);
  // What comes next is counted: no record has got the place of one that is gone.
  await postMessages(host, PEER, [message('later')]);
  expect((await statsWith(host, PEER, 42)).total).toEqual({ conversationCount: 3, messageCount: 42 });
  host.process.kill('SIGTERM');
  await host.exit;
  expect(await filesWith(dataFolder, CONVERSATION)).toEqual([]);
  const again = await startLocalHost({ dataFolder, options: ['--no-sample'] });
  await postMessages(again, PEER, [message('after the start')]);
  // The record that was given up beside those of the conversation is fed back at the start.
  await statsWith(again, PEER, 44);
  expect((await channelStats(again, PEER)).total).toEqual({ conversationCount: 5, messageCount: 44 });
});

test('nor that of an erased peer where the host is stopped; its log alone has it', async ({ forget }) => {
  const dataFolder = await temporaryFolder();
  const host = await startLocalHost({ dataFolder, options: ['--no-sample'] });
  await postMessages(host, PEER, [message(CONVERSATION), message('another')]);
  await statsWith(host, PEER, 2);
  await giveUp(dataFolder, [CONVERSATION]);
  host.process.kill('SIGKILL');
  await host.exit;
  const { exitCode, stderr } = await forget(dataFolder, '--peer', PEER, '--all');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/- host\.log/) });
  expect(await filesWith(dataFolder, CONVERSATION)).toEqual([]);
  expect((await filesWith(dataFolder, PEER)).filter((name) => name !== 'host.log')).toEqual([]);
  expect(existsSync(databaseFilesOf(dataFolder).compactFile)).toBe(false);
});
