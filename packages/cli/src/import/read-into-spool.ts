import { UsageError } from '../exit-codes.ts';
import type { ExportRecord } from './export-record.ts';
import type { ImportState } from './import-state.ts';
import { InterruptedError } from './interruption.ts';
import type { Spool } from './spool.ts';

/** How an export is read. */
export interface Reading {
  /** Of what: files and options, as text. Called before and after the reading. */
  sources: () => Promise<string>;
  records: () => AsyncIterable<ExportRecord>;
  interruption: AbortSignal;
}

/**
 * Reads an export into the spool of an import.
 *
 * @throws UsageError where files have changed meanwhile; InterruptedError; and what the reading throws. Nothing is kept then
 */
export async function readIntoSpool(state: ImportState, reading: Reading): Promise<Spool> {
  const sources = await reading.sources();
  const writer = state.newSpool();
  try {
    for await (const record of reading.records()) {
      if (reading.interruption.aborted) throw new InterruptedError();
      writer.add(record);
    }
    if ((await reading.sources()) !== sources) {
      throw new UsageError(
        'the files have changed while they were read: run it again when nobody writes them',
      );
    }
    writer.finish(sources);
  } finally {
    writer.abandon();
  }
  const spool = state.spool();
  if (spool === undefined)
    throw new UsageError('what was read cannot be read back: choose another folder with --state');
  return spool;
}
