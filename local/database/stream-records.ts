import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod/mini';
import { parseJson } from '../../functions/shared/domain/parse-json.ts';
import { errorMessage } from '../../functions/shared/runtime/error-text.ts';
import { HostError } from '../support/host-error.ts';
import { BUSY_MS } from './database-file.ts';

/** A record of the stream, as the embedded DynamoDB keeps it. */
export interface KeptRecord {
  shardId: string;
  sequenceNumber: string;
  isInsertion: boolean;
  keys: unknown;
  image: Readonly<Record<string, unknown>> | undefined;
}

/** The stream of one table in a database file. */
export interface KeptStream {
  databaseFile: string;
  tableName: string;
  streamArn: string;
}

const row = z.object({
  id: z.number(),
  event_name: z.string(),
  keys_json: z.string(),
  new_image: z.nullable(z.string()),
  sequence_number: z.string(),
  shard_id: z.string(),
});
const image = z.record(z.string(), z.unknown());
const label = z.object({ stream_label: z.string() });

/** So many are held in memory at a time. */
const AT_ONCE = 500;
/** What an emptied record is about; no item of ours has such a key. */
const NOTHING = JSON.stringify({ pk: { S: 'forgotten' }, sk: { S: 'forgotten' } });

/**
 * Empties records of a stream. They are not deleted: the database gives the next record the number behind the highest one
 * that is there, so that a number would come again, and its record would be taken for one that was processed. An emptied
 * one is that of a removal, which nobody counts. A host may run beside this.
 *
 * @returns how many were emptied; nothing where the file does not hold this stream
 * @throws HostError where the file cannot be used; some may have been emptied before
 */
export function emptyRecords(
  { databaseFile, tableName, streamArn }: KeptStream,
  isToGo: (record: KeptRecord) => boolean,
): number | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(databaseFile, { timeout: BUSY_MS });
    const stored = label.safeParse(
      database.prepare('SELECT stream_label FROM _tables WHERE table_name = ?').get(tableName),
    );
    if (!stored.success || !streamArn.endsWith(`/${stored.data.stream_label}`)) return undefined;
    // What is overwritten is not left in free parts of the file.
    database.exec('PRAGMA secure_delete = ON');
    return emptyThose(database, tableName, isToGo);
  } catch (error) {
    throw new HostError(`cannot use ${databaseFile}: ${errorMessage(error)}`, { cause: error });
  } finally {
    database?.close();
  }
}

function emptyThose(
  database: DatabaseSync,
  tableName: string,
  isToGo: (record: KeptRecord) => boolean,
): number {
  const page = database.prepare(
    'SELECT id, event_name, keys_json, new_image, sequence_number, shard_id FROM _stream_records ' +
      'WHERE table_name = ? AND id > ? ORDER BY id LIMIT ?',
  );
  const empty = database.prepare(
    "UPDATE _stream_records SET event_name = 'REMOVE', keys_json = ?, new_image = NULL, old_image = NULL WHERE id = ?",
  );
  let emptied = 0;
  let after = 0;
  for (;;) {
    const rows = page.all(tableName, after, AT_ONCE).map((each) => row.parse(each));
    for (const each of rows) {
      if (!isToGo(recordOf(each))) continue;
      empty.run(NOTHING, each.id);
      emptied += 1;
    }
    const last = rows.at(-1);
    if (last === undefined) return emptied;
    after = last.id;
  }
}

function recordOf(each: z.output<typeof row>): KeptRecord {
  const { event_name: event, keys_json: keys, new_image: text } = each;
  return {
    shardId: each.shard_id,
    sequenceNumber: each.sequence_number,
    isInsertion: event === 'INSERT',
    keys: parseJson(keys),
    image: text === null ? undefined : image.safeParse(parseJson(text)).data,
  };
}
