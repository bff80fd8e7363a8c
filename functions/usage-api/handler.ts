import { join } from 'node:path';
import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { readPublishedDocuments } from './published-documents.ts';
import { usageApi } from './usage-api.ts';

export const handler = usageApi(
  lambdaDependencies('usage-api'),
  readPublishedDocuments(join(import.meta.dirname, 'published')),
);
