import { identifierProblem } from '../../../../functions/shared/domain/identifier.ts';
import { ROLES } from '../../../../functions/shared/domain/message.ts';
import { nearestAdvice } from '../nearest-advice.ts';
import { dateReader } from './date-format.ts';
import { MAPPED_FIELDS } from './formats/rows.ts';
import { ImportUsageError } from './import-errors.ts';
import type { ReadOptions } from './read-options.ts';
import { checkTimeZone } from './times.ts';

/** @throws {ImportUsageError} for a value that an option cannot have, whatever the files are */
export function checkOptions(options: ReadOptions): void {
  if (options.timeZone !== undefined) checkTimeZone(options.timeZone);
  if (options.dateFormat !== undefined) dateReader(options.dateFormat);
  if (options.delimiter !== undefined && [...options.delimiter].length !== 1) {
    throw new ImportUsageError('--delimiter: must be one character, such as ";"');
  }
  checkIdentifier('--channel', options.channel);
  checkIdentifier('--gallery-key', options.galleryKey);
  checkIdentifier('--conversation', options.conversation);
  for (const field of options.map.keys()) checkName('--map', field, MAPPED_FIELDS);
  for (const role of options.roles.values()) checkName('--role', role, ROLES);
}

function checkIdentifier(option: string, value: string | undefined): void {
  const problem = value === undefined ? undefined : identifierProblem(option, value);
  if (problem !== undefined) throw new ImportUsageError(problem);
}

function checkName(option: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new ImportUsageError(`${option}: there is no "${name}": ${nearestAdvice(name, known)}`);
}
