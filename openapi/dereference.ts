import { partAt } from './json-pointer.ts';

/** Replaces every reference within a document by what it refers to. No part may refer to itself. */
export function dereference(document: object): unknown {
  function replace(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(replace);
    if (typeof node !== 'object' || node === null) return node;
    const { $ref: reference, ...rest }: Record<string, unknown> = { ...node };
    const replaced = Object.fromEntries(Object.entries(rest).map(([name, part]) => [name, replace(part)]));
    // What stands beside a reference goes before what is there.
    return reference === undefined
      ? replaced
      : { ...Object(replace(referred(document, String(reference)))), ...replaced };
  }
  return replace(document);
}

/**
 * The part of a document that a reference names.
 *
 * @param reference such as `#/components/schemas/ErrorAnswer`
 * @throws Error where there is no such part
 */
function referred(document: object, reference: string): unknown {
  const part = partAt(document, reference.replace(/^#/, ''));
  if (part === undefined) throw new Error(`the document has no ${reference}`);
  return part;
}
