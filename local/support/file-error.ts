import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { HostError } from './host-error.ts';

/** What the codes of the system's errors mean where a file or a folder is used. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'no file may become that large here',
  EIO: 'the disk fails',
  EISDIR: 'it is a folder',
  EEXIST: 'it is not a folder',
  ENOTDIR: 'it is not a folder',
  ENOENT: 'there is no such folder',
  ELOOP: 'its symbolic links lead nowhere',
  ENAMETOOLONG: 'the name is too long',
};

/** What is wrong with a file or a folder, in a few words; nothing where an error is not one of the system. */
export function fileProblem(error: unknown): string | undefined {
  const code = systemCode(error);
  // Those that begin so are of Node.js itself.
  return code === undefined || code.startsWith('ERR_') ? undefined : (MEANINGS[code] ?? code);
}

/**
 * Does something with a file, and says in a line what was wrong with it where that fails.
 *
 * @param attempt what is tried, such as `write`
 * @throws HostError such as `cannot write FILE: the disk is full`
 */
export async function withFile<Result>(
  attempt: string,
  file: string,
  use: () => Promise<Result>,
): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    throw new HostError(`cannot ${attempt} ${file}: ${problem}`, { cause: error });
  }
}
