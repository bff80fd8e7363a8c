import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import * as z from 'zod/mini';
import { COUNTED_ROLE, ROLES } from '../../../../functions/shared/domain/message.ts';
import { OWNER_ALONE } from '../../../../local/support/owner-alone.ts';
import type { ExportRecord, ImportedMessage } from './export-record.ts';
import type { RecordedBatch } from './import-target.ts';

// What an import has read, in a file of SQLite until all of it is recorded: the ids, channels, roles, times and names of
// messages, and nothing that anybody wrote. Ordered by an index, it takes as much memory for a million messages as for ten.

/** Changes with the tables: an import that another release began begins anew. */
export const SPOOL_VERSION = 1;

const TABLES = `
  create table message (
    ordinal integer primary key,
    place text not null,
    conversationId text not null,
    messageId text not null,
    channelId text not null,
    role text not null,
    sentAt integer not null,
    channelName text,
    galleryKey text
  );
  create unique index message_identity on message (conversationId, messageId);
  create table skipped (reason text primary key, number integer not null);
  create table warned (warning text primary key, number integer not null, place text not null);
  create table refused (
    place text not null,
    code text not null,
    reason text not null,
    ordinal integer unique
  );
  create table known (sources text not null, duplicates integer not null);
  create table sent (sentAt integer not null, ordinal integer not null, recorded integer not null, duplicates integer not null);
`;

/** As much memory as SQLite takes for what it has read and not written yet, in kilobytes. */
const CACHE_KB = 32_000;
/** A commit for so many records, so that what could be rolled back takes little memory. */
const RECORDS_PER_COMMIT = 1_000;

/** Removes a spool, finished or not, where there is one. */
export function removeSpool(file: string): void {
  for (const end of ['', '-wal', '-shm', '.reading']) rmSync(`${file}${end}`, { force: true });
}

/** Writes what is read into a new file, which has its name only when all of it is there. */
export class SpoolWriter {
  readonly #file: string;
  readonly #unfinished: string;
  readonly #database: DatabaseSync;
  readonly #message: StatementSync;
  readonly #skipped: StatementSync;
  readonly #warned: StatementSync;
  readonly #refused: StatementSync;
  #records = 0;
  #duplicates = 0;

  /** @throws Error of the system or of SQLite where it cannot be written */
  constructor(file: string) {
    this.#file = file;
    this.#unfinished = `${file}.reading`;
    rmSync(this.#unfinished, { force: true });
    closeSync(openSync(this.#unfinished, 'wx', OWNER_ALONE.file));
    this.#database = new DatabaseSync(this.#unfinished);
    // Half a file is thrown away, so that nothing need be on the disk before the end.
    this.#database.exec(
      `pragma journal_mode = memory; pragma synchronous = off; pragma cache_size = -${CACHE_KB}; ${TABLES} begin`,
    );
    this.#message = this.#database.prepare(
      'insert into message values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing',
    );
    this.#skipped = this.#database.prepare(
      'insert into skipped values (?, 1) on conflict do update set number = number + 1',
    );
    this.#warned = this.#database.prepare(
      'insert into warned values (?, 1, ?) on conflict do update set number = number + 1',
    );
    this.#refused = this.#database.prepare('insert into refused values (?, ?, ?, null)');
  }

  /** Adds what was read next. Of messages with the same ids the first one stays, as it is. */
  add(record: ExportRecord): void {
    this.#records += 1;
    if (this.#records % RECORDS_PER_COMMIT === 0) this.#database.exec('commit; begin');
    if (record.kind === 'skipped') this.#skipped.run(record.reason);
    else if (record.kind === 'refused') this.#refused.run(record.place, record.code, record.reason);
    else this.#addMessage(record);
  }

  #addMessage({ place, message, warning }: ExportRecord & { kind: 'message' }): void {
    const {
      conversationId,
      messageId,
      channelId,
      role,
      sentAt,
      channelName = null,
      galleryKey = null,
    } = message;
    const ids = [conversationId, messageId, channelId] as const;
    const { changes } = this.#message.run(
      this.#records,
      place,
      ...ids,
      role,
      sentAt,
      channelName,
      galleryKey,
    );
    if (changes === 0) this.#duplicates += 1;
    else if (warning !== undefined) this.#warned.run(warning, place);
  }

  /**
   * Says that all was read.
   *
   * @param sources of what it was read, by which it is known when that has changed
   */
  finish(sources: string): void {
    this.#database.exec('create index message_time on message (sentAt)');
    this.#database.prepare('insert into known values (?, ?)').run(sources, this.#duplicates);
    this.#database.exec('insert into sent values (-9e15, 0, 0, 0); commit');
    this.#database.close();
    const descriptor = openSync(this.#unfinished, 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(this.#unfinished, this.#file);
  }

  /** Throws away what was written, where it is not finished. */
  abandon(): void {
    if (this.#database.isOpen) this.#database.close();
    rmSync(this.#unfinished, { force: true });
  }
}

const messageRow = z.object({
  ordinal: z.int(),
  conversationId: z.string(),
  messageId: z.string(),
  channelId: z.string(),
  role: z.enum(ROLES),
  sentAt: z.int(),
  channelName: z.nullable(z.string()),
  galleryKey: z.nullable(z.string()),
});

/** Messages that are to be recorded together. */
export interface SpooledBatch {
  messages: ImportedMessage[];
  /** Their places in the order in which they were read. */
  ordinals: number[];
}

const sentRow = z.object({ recorded: z.int(), duplicates: z.int(), messages: z.int() });

const refusedRow = z.object({
  place: z.string(),
  code: z.string(),
  reason: z.string(),
  conversationId: z.nullable(z.string()),
  messageId: z.nullable(z.string()),
});
/** What was refused; with its ids where it could be read. */
export type RefusedLine = z.output<typeof refusedRow>;

const refusedCodeRow = z.object({ code: z.string(), number: z.int(), place: z.string(), reason: z.string() });
const skippedRow = z.object({ reason: z.string(), number: z.int() });
const warnedRow = z.object({ warning: z.string(), number: z.int(), place: z.string() });
const channelRow = z.object({
  channelId: z.string(),
  messages: z.int(),
  userMessages: z.int(),
  conversations: z.int(),
});
const roleRow = z.object({ channelId: z.string(), role: z.enum(ROLES), messages: z.int() });
const dayRow = z.object({
  channelId: z.string(),
  day: z.string(),
  messages: z.int(),
  conversations: z.int(),
});
const numberRow = z.object({ number: z.int() });
const knownRow = z.object({ sources: z.string(), duplicates: z.int() });

/** What became of the messages of a channel. */
export type SpooledChannel = z.output<typeof channelRow>;
/** What counts of a channel on a day. */
export type SpooledDay = z.output<typeof dayRow>;

/** Messages that were recorded, or that would be. */
const TAKEN = `message where not exists (select 1 from refused where refused.ordinal = message.ordinal)`;

/** What an import has read, and how far it has come with it. */
export class Spool {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #next: StatementSync;

  /** @throws Error of SQLite where it cannot be used */
  constructor(file: string) {
    this.#file = file;
    this.#database = new DatabaseSync(file);
    const { quick_check: found } = this.#database.prepare('pragma quick_check(1)').get() ?? {};
    if (found !== 'ok') throw new Error('what was kept is damaged');
    this.#database.exec(
      `pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -${CACHE_KB}`,
    );
    this.#next = this.#database.prepare(
      `select * from message where (sentAt, ordinal) > (select sentAt, ordinal from sent)
       order by sentAt, ordinal limit ?`,
    );
  }

  /** Of what it was read. */
  get sources(): string {
    return this.#one('select * from known', knownRow).sources;
  }

  /** How many messages were read, those that repeat others left out. */
  get messages(): number {
    return this.#one('select count(*) as number from message', numberRow).number;
  }

  /** How many messages repeat another one that was read before them. */
  get duplicates(): number {
    return this.#one('select * from known', knownRow).duplicates;
  }

  /** How many messages it is known of what became of them, and what. */
  get sent(): { messages: number; recorded: number; duplicates: number } {
    return this.#one(
      `select recorded, duplicates, recorded + duplicates + (select count(*) from refused where ordinal is not null)
       as messages from sent`,
      sentRow,
    );
  }

  /** The next messages to be recorded, the oldest first; none where all are. */
  next(limit: number): SpooledBatch {
    const rows = this.#next.all(limit).map((row) => messageRow.parse(row));
    const messages = rows.map(({ ordinal: _, channelName, galleryKey, ...message }) => ({
      ...message,
      ...(channelName !== null && { channelName }),
      ...(galleryKey !== null && { galleryKey }),
    }));
    return { messages, ordinals: rows.map(({ ordinal }) => ordinal) };
  }

  /** Notes what became of the messages that were next. No end of this process takes it back. */
  acknowledge({ messages, ordinals }: SpooledBatch, { recorded, duplicates, refused }: RecordedBatch): void {
    const refuse = this.#database.prepare(
      'insert into refused select place, ?, ?, ordinal from message where ordinal = ?',
    );
    this.#database.exec('begin');
    for (const { index, code, reason } of refused) refuse.run(code, reason, ordinals[index] ?? null);
    this.#database
      .prepare(
        'update sent set sentAt = ?, ordinal = ?, recorded = recorded + ?, duplicates = duplicates + ?',
      )
      .run(messages.at(-1)?.sentAt ?? 0, ordinals.at(-1) ?? 0, recorded, duplicates);
    this.#database.exec('commit');
  }

  /** What was refused, here and there, in no particular order. */
  *refused(): Generator<RefusedLine> {
    const rows = this.#database
      .prepare(
        `select refused.place, code, reason, conversationId, messageId from refused
         left join message on message.ordinal = refused.ordinal order by refused.rowid`,
      )
      .iterate();
    for (const row of rows) yield refusedRow.parse(row);
  }

  /** How much was refused for which reason, with one example of each. */
  refusedByCode(): z.output<typeof refusedCodeRow>[] {
    return this.#all(
      `select code, count(*) as number, place, reason, min(rowid) from refused group by code order by number desc, code`,
      refusedCodeRow,
    );
  }

  skipped(): z.output<typeof skippedRow>[] {
    return this.#all('select * from skipped order by number desc, reason', skippedRow);
  }

  warnings(): z.output<typeof warnedRow>[] {
    return this.#all('select * from warned order by number desc, warning', warnedRow);
  }

  /** What was taken, or would be, of each channel: the one with most messages that count first. */
  channels(): SpooledChannel[] {
    return this.#all(
      `select channelId, count(*) as messages, count(*) filter (where role = '${COUNTED_ROLE}') as userMessages,
       count(distinct conversationId) filter (where role = '${COUNTED_ROLE}') as conversations
       from ${TAKEN} group by channelId order by userMessages desc, conversations desc, channelId`,
      channelRow,
    );
  }

  roles(): z.output<typeof roleRow>[] {
    return this.#all(
      `select channelId, role, count(*) as messages from ${TAKEN} group by channelId, role`,
      roleRow,
    );
  }

  /** What counts on which day of which channel: conversations on that of their first message. */
  days(): SpooledDay[] {
    return this.#all(
      `select channelId, date(sentAt / 1000.0, 'unixepoch') as day, count(*) as messages, sum(isFirst) as conversations
       from (
         select channelId, sentAt,
           row_number() over (partition by channelId, conversationId order by sentAt, ordinal) = 1 as isFirst
         from ${TAKEN} and role = '${COUNTED_ROLE}'
       )
       group by channelId, day order by channelId, day`,
      dayRow,
    );
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Takes everything away that was kept. */
  remove(): void {
    this.close();
    removeSpool(this.#file);
  }

  #all<Row extends z.ZodMiniType>(query: string, row: Row): z.output<Row>[] {
    return this.#database
      .prepare(query)
      .all()
      .map((found) => row.parse(found));
  }

  #one<Row extends z.ZodMiniType>(query: string, row: Row): z.output<Row> {
    return row.parse(this.#database.prepare(query).get());
  }
}
