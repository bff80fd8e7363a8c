import * as z from 'zod/mini';
import { described } from '../shared/domain/described.ts';
import { operation } from '../shared/http/operation.ts';
import type { UsageContext } from './context.ts';

/** Answers with the OpenAPI document. */
export const getOpenApiDocument = operation('getOpenApiDocument', {
  tag: 'Documentation',
  summary: 'Get the OpenAPI document',
  description: 'Answers with the OpenAPI 3.1 document of this API, for programs.',
  answer: {
    description: 'The document.',
    schema: described(z.custom<object>(), { override: { type: 'object' } }),
  },

  async handle(_request, { published }: Pick<UsageContext, 'published'>) {
    return published.openApiDocument;
  },
});
