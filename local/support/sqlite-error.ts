/** What SQLite says where the content of a file is wrong: its result codes SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGED: readonly number[] = [11, 26];
/** What the result code of SQLite is within an extended one. */
const PRIMARY = 0xff;

/** Whether SQLite says that the content of a file is wrong, and not that it cannot get at it. */
export function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' && DAMAGED.includes(code & PRIMARY);
}
