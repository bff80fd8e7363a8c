import { join } from 'node:path';
import type { ExportRecord, ImportedMessage } from '../../../../../packages/cli/src/import/export-record.ts';
import { Spool, SpoolWriter } from '../../../../../packages/cli/src/import/spool.ts';

const NOON = Date.parse('2026-11-20T12:00:00.000Z');

/** A message of an export, sent at noon of a day unless it says otherwise. */
export function exported(
  messageId: string,
  changed: Partial<ImportedMessage> = {},
): ExportRecord & { kind: 'message' } {
  const message: ImportedMessage = {
    ...{ messageId, conversationId: 'c1', channelId: 'direct', role: 'user', sentAt: NOON },
    ...changed,
  };
  return { kind: 'message', place: `export.jsonl ${messageId}`, message };
}

/** An instant of that day, so many minutes after noon. */
export function afterNoon(minutes: number): Pick<ImportedMessage, 'sentAt'> {
  return { sentAt: NOON + minutes * 60_000 };
}

/** A spool of these records. */
export function spoolOf(folder: string, records: Iterable<ExportRecord>): Spool {
  const file = join(folder, 'a.spool');
  const writer = new SpoolWriter(file);
  for (const record of records) writer.add(record);
  writer.finish('sources');
  return new Spool(file);
}

/** All messages of a spool that are to be recorded, in their order, so many at a time. */
export function takenFrom(spool: Spool, together = 500): ImportedMessage[][] {
  const batches: ImportedMessage[][] = [];
  for (;;) {
    const batch = spool.next(together);
    if (batch.messages.length === 0) return batches;
    batches.push(batch.messages);
    spool.acknowledge(batch, { recorded: batch.messages.length, duplicates: 0, refused: [] });
  }
}
