import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { requireRefusedFile, writeRefused } from '../../../../../packages/cli/src/import/refused-file.ts';
import { test } from '../../../../support/fixture.ts';

const UNREAD = {
  place: 'a.jsonl line 2',
  code: 'invalid_message',
  reason: 'it is no JSON',
  conversationId: null,
  messageId: null,
};
const READ = {
  place: 'a.jsonl line 3',
  code: 'too_old',
  reason: 'more than 400 days',
  conversationId: 'c',
  messageId: 'm\u001b',
};

describe('the file of what was refused', () => {
  test('has a line of JSON for each, for its owner alone, and replaces that of a run before', async ({
    folder,
  }) => {
    const file = join(folder, 'refused.jsonl');
    await writeRefused(file, [READ, READ]);
    await requireRefusedFile(file);
    await writeRefused(file, [UNREAD, READ]);
    expect(await readFile(file, 'utf8')).toBe(
      '{"place":"a.jsonl line 2","code":"invalid_message","reason":"it is no JSON"}\n' +
        '{"place":"a.jsonl line 3","code":"too_old","reason":"more than 400 days","conversationId":"c","messageId":"m\\u001b"}\n',
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['refused.jsonl']);
  });

  test('may be one that is not there, or empty, and never an export', async ({ folder }) => {
    const file = join(folder, 'refused.jsonl');
    await requireRefusedFile(file);
    await writeFile(file, '');
    await requireRefusedFile(file);
    for (const content of ['{"messageId":"m"}\n', 'id,name\n', '\0\0']) {
      await writeFile(file, content);
      await expect(requireRefusedFile(file)).rejects.toMatchObject({ exitCode: 2 });
      expect(await readFile(file, 'utf8')).toBe(content);
    }
  });

  test('that cannot be written is told', async ({ folder }) => {
    await expect(writeRefused(join(folder, 'no', 'refused.jsonl'), [READ])).rejects.toThrow(
      /^cannot write .*refused\.jsonl: there is no such folder$/,
    );
    await expect(requireRefusedFile(folder)).rejects.toThrow(/^cannot write .*: it is a folder$/);
  });
});
