import * as z from 'zod/mini';
import type { ZodOpenApiMetadata } from 'zod-openapi';

/** What the document says of a part, beside what follows from its schema. */
export type Description = ZodOpenApiMetadata;

/** A field whose schema is described where it stands, or is a component of the document. */
export const COMPONENT = 'component';

/**
 * Describes every field of an object's schema: leaving one out is a compile error.
 *
 * Descriptions are kept here, outside of the functions, because they would go into their bundles.
 */
export function describeFields<Shape extends Record<string, z.ZodMiniType>>(
  schema: z.ZodMiniObject<Shape>,
  fields: { [Name in keyof Shape]: (Description & { description: string }) | typeof COMPONENT },
): void {
  describeShape(schema.shape, fields);
}

/** Describes every parameter of a query's schema. `override` says what a schema of text cannot. */
export function describeParameters<Shape extends Record<string, z.ZodMiniType>>(
  schema: z.ZodMiniObject<Shape>,
  parameters: { [Name in keyof Shape]: Description & { param: { description: string } } },
): void {
  describeShape(schema.shape, parameters);
}

/** Makes a schema a component of the document. */
export function describeComponent(schema: z.ZodMiniType, id: string, description: string): void {
  z.globalRegistry.add(schema, { id, description });
}

function describeShape(
  shape: Record<string, z.ZodMiniType>,
  descriptions: Record<string, Description | typeof COMPONENT>,
): void {
  for (const [name, description] of Object.entries(descriptions)) {
    const field = shape[name];
    if (field !== undefined && description !== COMPONENT) z.globalRegistry.add(field, description);
  }
}
