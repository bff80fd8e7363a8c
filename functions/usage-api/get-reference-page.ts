import { operation } from '../shared/http/operation.ts';
import type { UsageContext } from './context.ts';

/** Answers with the reference page. */
export const getReferencePage = operation('getReferencePage', {
  tag: 'Documentation',
  summary: 'Read the reference page',
  description: 'Answers with a page that describes this API. It has no scripts, and loads nothing.',
  answer: { description: 'The page.', text: { mediaType: 'text/html' } },

  async handle(_request, { published }: Pick<UsageContext, 'published'>) {
    return published.referencePage;
  },
});
