import { InvalidArgumentError } from 'commander';
import { identifierProblem } from '../../functions/shared/domain/identifier.ts';
import { isUtcDay, type UtcDay } from '../../functions/shared/domain/utc-day.ts';

// What options of commands are read by.

/** Reads a UTC day. @throws InvalidArgumentError */
export function parseDay(text: string): UtcDay {
  if (!isUtcDay(text)) throw new InvalidArgumentError('It must be a day that exists, such as 2026-11-22.');
  return text;
}

/** Reads an identifier. @throws InvalidArgumentError */
export function parseIdentifier(text: string): string {
  const problem = identifierProblem('It', text);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return text;
}

/** Reads a number above 0. @throws InvalidArgumentError */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(text);
}
