import { messageFields } from '../shared/domain/message.ts';
import { foreignName } from '../shared/domain/name-in-text.ts';
import { plainName } from '../shared/http/nearest-name.ts';
import { MOST_IGNORED_NAMED } from './recorded-messages.ts';

/** The fields of a message, by their names without anything but letters and digits. */
const KNOWN = new Map(Object.keys(messageFields().shape).map((name) => [plainName(name), name]));

/** The names of a message's fields that are not those of this service. */
export interface ForeignNames {
  /**
   * What is wrong with the first that is a known one in other letters. Its message cannot be recorded without
   * what it says: the first version of a message wins for ever.
   */
  problem?: string;
  /** Those of which nothing is kept. */
  ignored: string[];
}

/** Looks at the names of the fields of what was sent as a message. */
export function foreignNames(sent: unknown): ForeignNames {
  const names: ForeignNames = { ignored: [] };
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return names;
  for (const name of Object.keys(sent)) {
    // As nearly all are.
    if (Object.hasOwn(messageFields().shape, name)) continue;
    const known = KNOWN.get(plainName(name));
    if (known === undefined) names.ignored.push(name);
    else names.problem ??= `${foreignName(name)} is not a field of a message: did you mean ${known}?`;
  }
  return names;
}

/** The names of ignored fields as an answer tells them: once each, sorted, and not without end. */
export function toldNames(ignored: Iterable<string>): string[] {
  return [...new Set([...ignored].map(foreignName))].sort().slice(0, MOST_IGNORED_NAMED);
}
