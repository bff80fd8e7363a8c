import * as z from 'zod/mini';

/** What the API description says of a part, beside what follows from its schema. */
export type Words = z.core.GlobalMeta;

/**
 * Says of a schema what the API description is to say of it. The words stand where the schema does, so that
 * they change together.
 *
 * @param schema one that is used nowhere else: the words are those of this place
 * @param words a description, or all that is to be said; what was said before stays where this says nothing
 * @returns the same schema
 */
// @__NO_SIDE_EFFECTS__
export function described<Schema extends z.ZodMiniType>(schema: Schema, words: string | Words): Schema {
  const more = typeof words === 'string' ? { description: words } : words;
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), ...more });
  return schema;
}

/** Where the API description names the values of a text that may get others. */
export const KNOWN_VALUES = 'x-extensible-enum';

/**
 * A text in answers, to whose values later versions may add others. The API description names those that there are, and
 * limits nothing to them: a client that is generated today takes what is added, and does not fail at it.
 *
 * @returns a schema of the values that there are, for what is made here
 */
// @__NO_SIDE_EFFECTS__
export function growing<const Values extends readonly string[]>(values: Values) {
  return described(z.enum(values), {
    override({ jsonSchema }: { jsonSchema: { enum?: unknown[]; [KNOWN_VALUES]?: unknown } }) {
      delete jsonSchema.enum;
      jsonSchema[KNOWN_VALUES] = [...values];
    },
  });
}

/**
 * Makes a schema a component of the API description: it stands there once, under a name of its own, wherever
 * it is used.
 *
 * @param id the name, such as `HistoryBucket`
 * @returns the same schema
 */
// @__NO_SIDE_EFFECTS__
export function component<Schema extends z.ZodMiniType>(
  id: string,
  description: string,
  schema: Schema,
): Schema {
  z.globalRegistry.add(schema, { id, description });
  return schema;
}
