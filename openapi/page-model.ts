import * as z from 'zod/mini';
import { KNOWN_VALUES } from '../functions/shared/domain/described.ts';
import { dereference } from './dereference.ts';

// What the reference page shows of the document, read from the document itself as anyone would read it.

const schema = z.object({
  get anyOf() {
    return z.optional(z.array(schema));
  },
  get oneOf() {
    return z.optional(z.array(schema));
  },
  get items() {
    return z.optional(schema);
  },
  get properties() {
    return z.optional(z.record(z.string(), schema));
  },
  type: z.optional(z.union([z.string(), z.array(z.string())])),
  format: z.optional(z.string()),
  enum: z.optional(z.array(z.string())),
  [KNOWN_VALUES]: z.optional(z.array(z.string())),
  minLength: z.optional(z.number()),
  maxLength: z.optional(z.number()),
  minimum: z.optional(z.number()),
  maximum: z.optional(z.number()),
  minItems: z.optional(z.number()),
  maxItems: z.optional(z.number()),
  required: z.optional(z.array(z.string())),
  default: z.optional(z.union([z.string(), z.number(), z.boolean()])),
  description: z.optional(z.string()),
});
export type Schema = z.output<typeof schema>;

const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z._default(z.boolean(), false),
  description: z.string(),
  schema,
  example: z.optional(z.unknown()),
});
export type Parameter = z.output<typeof parameter>;

const example = z.object({ summary: z.string(), value: z.unknown() });

const content = z.record(
  z.string(),
  z.object({ schema, examples: z._default(z.record(z.string(), example), {}) }),
);
export type Content = z.output<typeof content>;

const response = z.object({
  description: z.string(),
  headers: z._default(z.record(z.string(), z.object({ description: z.string() })), {}),
  content: z._default(content, {}),
});
export type Response = z.output<typeof response>;

const operation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z._default(z.array(parameter), []),
  requestBody: z.optional(z.object({ description: z.string(), content })),
  responses: z.record(z.string(), response),
});
export type Operation = z.output<typeof operation> & { method: string; path: string };

const model = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    securitySchemes: z.record(z.string(), z.object({ description: z.string() })),
  }),
});

/** What the page shows. */
export interface PageModel {
  title: string;
  version: string;
  description: string;
  authentication: string;
  groups: { name: string; description: string; operations: Operation[] }[];
}

/** Reads what the page shows. @throws ZodError where the document leaves out something that it shows */
export function readPageModel(document: object): PageModel {
  const { info, tags, paths, components } = z.parse(model, dereference(document));
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, found]) => ({ ...found, path, method: method.toUpperCase() })),
  );
  return {
    ...info,
    authentication: Object.values(components.securitySchemes)
      .map(({ description }) => description)
      .join('\n\n'),
    groups: tags.map((tag) => ({
      ...tag,
      operations: operations.filter((found) => found.tags.includes(tag.name)),
    })),
  };
}
