/**
 * The part of a document that a JSON pointer names; nothing where there is no such part.
 *
 * @param pointer such as `/components/schemas/ErrorAnswer`; the empty one names the whole document
 */
export function partAt(document: unknown, pointer: string): unknown {
  let part = document;
  for (const name of pointer.split('/').slice(1)) {
    const parts = new Map<string, unknown>(Object.entries(Object(part)));
    part = parts.get(name.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return part;
}

/** A name as it is written in a JSON pointer. */
export function escapedName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
