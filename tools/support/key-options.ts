import { InvalidArgumentError } from 'commander';
import { SCOPES, type Scope } from '../../functions/shared/domain/api-key.ts';
import { identifierProblem } from '../../functions/shared/domain/identifier.ts';
import { DAY_MS, type EpochMillis, isUtcDay, startOf } from '../../functions/shared/domain/utc-day.ts';

/** Reads a comma-separated list of scopes. @throws InvalidArgumentError */
export function parseScopes(text: string): Scope[] {
  const scopes = parseList(text).map((name) => {
    const scope = SCOPES.find((known) => known === name);
    if (scope === undefined) {
      throw new InvalidArgumentError(`There is no scope ${JSON.stringify(name)}, only ${SCOPES.join(', ')}.`);
    }
    return scope;
  });
  return [...new Set(scopes)];
}

/**
 * Reads a comma-separated list of peers, and adds it to those that were given before.
 *
 * @throws InvalidArgumentError
 */
export function parsePeers(text: string, before: readonly string[] = []): string[] {
  return parseList(text).reduce(addPeer, [...before]);
}

/** Adds one peer, whose id may hold commas, to those that were given before. @throws InvalidArgumentError */
export function parsePeer(text: string, before: readonly string[] = []): string[] {
  return addPeer([...before], text);
}

function addPeer(peers: string[], peer: string): string[] {
  const problem = identifierProblem('A peer', peer);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return peers.includes(peer) ? peers : [...peers, peer];
}

function parseList(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidArgumentError('The list has an empty place.');
  return parts;
}

/** Reads a label. @throws InvalidArgumentError */
export function parseLabel(text: string): string {
  const problem = identifierProblem('A label', text);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return text;
}

const FORMS = 'It is a number of days such as 90d, or a day such as 2027-01-01, at whose beginning it ends.';

/**
 * Reads when a key expires: in so many days from now, or at the first instant of a UTC day.
 *
 * @throws InvalidArgumentError where the text is neither, or the instant is not ahead
 */
export function parseExpiry(text: string, now: EpochMillis): EpochMillis {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  if (days === undefined && !isUtcDay(text)) throw new InvalidArgumentError(FORMS);
  const instant = days === undefined ? startOf(text) : now + Number(days) * DAY_MS;
  if (instant <= now) throw new InvalidArgumentError('That is not in the future.');
  return instant;
}
