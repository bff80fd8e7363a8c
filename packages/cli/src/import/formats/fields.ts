import * as z from 'zod/mini';

// Fields as exports write them. What a field of another type is, is the same as if it were missing: what then becomes of
// the record is told with its id.

/** An id: text, or a number that becomes text. */
export const idField = z.catch(
  z.optional(
    z.pipe(
      z.union([z.string(), z.number()]),
      z.transform((id) => String(id)),
    ),
  ),
  undefined,
);

export const textField = z.catch(z.optional(z.string()), undefined);
export const numberField = z.catch(z.optional(z.number()), undefined);
export const booleanField = z.catch(z.optional(z.boolean()), undefined);

/** A part of a record. */
export function partField<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.catch(z.optional(z.object(shape)), undefined);
}
