import * as z from 'zod';
import { dereference } from '../../../openapi/dereference.ts';
import { BUILT_DOCUMENT } from './built-document.ts';

const schema = z.record(z.string(), z.unknown());
const content = z.record(
  z.string(),
  z.object({ schema, examples: z.record(z.string(), z.object({ value: z.unknown() })).default({}) }),
);

const operation = z.object({
  operationId: z.string(),
  description: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query']),
        required: z.boolean().default(false),
        description: z.string(),
        schema,
        example: z.unknown().optional(),
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.default({}) })),
});

const described = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
});

/** An operation as the OpenAPI document describes it, with schemas in which nothing is a reference. */
export type DocumentedOperation = z.output<typeof operation> & { method: string; path: string };

const { paths, components } = described.parse(dereference(BUILT_DOCUMENT));

/** Every operation of the OpenAPI document. */
export const DOCUMENTED_OPERATIONS: readonly DocumentedOperation[] = Object.entries(paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, found]) => ({ ...found, path, method: method.toUpperCase() })),
);

/** Every schema that has a name in the OpenAPI document. */
export const DOCUMENTED_SCHEMAS: Readonly<Record<string, z.output<typeof schema>>> = components.schemas;
