import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import * as z from 'zod/mini';
import { parseJson } from '../../../../functions/shared/domain/parse-json.ts';
import { systemCode } from '../../../../functions/shared/runtime/error-text.ts';
import { withFile } from '../../../../local/support/file-error.ts';
import { OWNER_ALONE } from '../../../../local/support/owner-alone.ts';
import { UsageError } from '../exit-codes.ts';
import type { RefusedLine } from './spool.ts';

const refusedLine = z.object({ place: z.string(), code: z.string(), reason: z.string() });
const FIRST_BYTES = 4_096;

/**
 * Requires that a file may be written over: it is not there, empty, or one of what was refused before. An export that
 * somebody names by mistake is not lost.
 *
 * @throws UsageError where it may not; HostError where it cannot be read
 */
export async function requireRefusedFile(file: string): Promise<void> {
  const start = await withFile('write', file, () => startOf(file));
  const [line = ''] = start.split('\n');
  if (start === '' || refusedLine.safeParse(parseJson(line)).success) return;
  throw new UsageError(
    `${file} is there, and holds something else than what an import refused: name another file`,
  );
}

async function startOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * Writes what was refused, as JSON Lines: where it stands, why it was refused, and its ids where it has some.
 *
 * @throws HostError where it cannot be written
 */
export async function writeRefused(file: string, lines: Iterable<RefusedLine>): Promise<void> {
  await withFile('write', file, async () => {
    const part = `${file}.part`;
    const output = createWriteStream(part, { mode: OWNER_ALONE.file });
    try {
      for (const { place, code, reason, conversationId, messageId } of lines) {
        const ids = {
          ...(conversationId !== null && { conversationId }),
          ...(messageId !== null && { messageId }),
        };
        if (!output.write(`${JSON.stringify({ place, code, reason, ...ids })}\n`))
          await once(output, 'drain');
      }
      output.end();
      await finished(output);
      await rename(part, file);
    } catch (error) {
      output.destroy();
      await rm(part, { force: true });
      throw error;
    }
  });
}
