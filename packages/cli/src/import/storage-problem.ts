import { fileProblem } from '../../../../local/support/file-error.ts';

/** What result codes of SQLite mean where a file is written. */
const MEANINGS: Readonly<Record<number, string>> = {
  8: 'it cannot be written to',
  10: 'the disk fails, or is full',
  11: 'its content is damaged',
  13: 'the disk is full',
  14: 'it cannot be opened',
  26: 'its content is damaged',
};

/** What the result code of SQLite is within an extended one. */
const PRIMARY = 0xff;
const BUSY = 5;

/** What is wrong with a file or a folder, also where SQLite tells it; nothing where an error is about neither. */
export function storageProblem(error: unknown): string | undefined {
  const code = sqliteCode(error);
  return code === undefined ? fileProblem(error) : MEANINGS[code];
}

/** Whether somebody else holds a database file. */
export function isHeldByOther(error: unknown): boolean {
  return sqliteCode(error) === BUSY;
}

function sqliteCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & PRIMARY : undefined;
}
