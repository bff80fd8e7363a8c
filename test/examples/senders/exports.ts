import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImportedMessage } from '../../../packages/cli/src/import/export-record.ts';
import { readExports } from '../../../packages/cli/src/import/read-exports.ts';
import type { ReadOptions } from '../../../packages/cli/src/import/read-options.ts';
import { NO_OPTIONS } from '../../packages/cli/import/formats/reading.ts';
import { chatwoot, now, type Platform, SENT, slack, telegram, WRITTEN } from './platforms.ts';

// The stories once more, as who was there exports them.

/** A platform with an export of what it sends. */
interface Exported {
  platform: Platform;
  /** The contents of the files, by their paths. */
  files: Readonly<Record<string, unknown>>;
  /** What a person says of them. */
  options: Partial<ReadOptions>;
}

const person = { user: 'U008UVFRMM', type: 'message', text: WRITTEN };

export const EXPORTED: readonly Exported[] = [
  {
    platform: slack,
    files: {
      'users.json': [{ id: 'U008UVFRMM', name: 'maya', is_bot: false }],
      'channels.json': [{ id: 'C0ZEBRA01', name: 'help' }],
      'dms.json': [{ id: 'D0P5E8AFAH', members: ['U008UVFRMM', 'U0Z2BPKHNQ'] }],
      'D0P5E8AFAH/2026-11-01.json': [{ ...person, ts: `${SENT}.001100` }],
      'help/2026-11-01.json': [
        { ...person, ts: `${SENT + 1}.001200`, thread_ts: `${SENT + 1}.001200`, reply_count: 1 },
        { ...person, ts: `${SENT + 2}.001300`, thread_ts: `${SENT + 1}.001200` },
      ],
    },
    options: { channel: 'slack' },
  },
  {
    platform: chatwoot,
    files: {
      'conversation-41.json': { meta: {}, payload: [chatwootMessage(7829, 41, SENT)] },
      'conversation-42.json': {
        meta: {},
        payload: [chatwootMessage(7830, 42, SENT + 1), chatwootMessage(7832, 42, SENT + 2)],
      },
    },
    options: { galleryKey: 'webchat' },
  },
  {
    // The supergroup of the story: in a private chat everybody has numbers of their own for the same messages.
    platform: { ...telegram, messages: telegram.messages.slice(1) },
    files: {
      'result.json': {
        name: 'Harbour friends',
        type: 'private_supergroup',
        id: 1959906311,
        messages: [telegramMessage(288, SENT + 1), telegramMessage(289, SENT + 2)],
      },
    },
    options: { channel: 'telegram', bots: ['-'] },
  },
];

function chatwootMessage(id: number, conversation: number, at: number): object {
  return {
    ...{ id, content: WRITTEN, account_id: 3, inbox_id: 2, conversation_id: conversation },
    ...{ message_type: 0, content_type: 'text', created_at: at, private: false },
  };
}

function telegramMessage(id: number, at: number): object {
  return { id, type: 'message', date_unixtime: `${at}`, from_id: 'user263752523', text: WRITTEN };
}

/** The messages of an export, as importing it records them. */
export async function messagesOfExport(
  { files, options }: Exported,
  folder: string,
): Promise<ImportedMessage[]> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(content));
  }
  const said = { ...NO_OPTIONS, ...options };
  const messages: ImportedMessage[] = [];
  for await (const record of readExports([folder], said, { now: now() * 1_000, retentionDays: 400 })) {
    if (record.kind !== 'message') throw new Error(`${record.place}: ${record.reason}`);
    messages.push(record.message);
  }
  return messages;
}
