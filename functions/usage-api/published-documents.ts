import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompressedText } from '../shared/http/answers.ts';
import type { PublishedDocuments } from './context.ts';
import { PUBLISHED_FILES } from './published-files.ts';

const CACHED = { 'cache-control': 'public, max-age=300' };

/**
 * Reads what the API publishes about itself, which does not change as long as the function runs.
 *
 * @param folder the folder of these files
 * @throws Error where a file is missing
 */
export function readPublishedDocuments(folder: string): PublishedDocuments {
  const { document, page, pageStyleHash } = PUBLISHED_FILES;
  return {
    openApiDocument: new CompressedText(readFileSync(join(folder, document), 'base64'), {
      ...CACHED,
      'content-type': 'application/json',
    }),
    referencePage: new CompressedText(readFileSync(join(folder, page), 'base64'), {
      ...CACHED,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [
        "default-src 'none'",
        `style-src 'sha256-${readFileSync(join(folder, pageStyleHash), 'utf8')}'`,
        'img-src data:',
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    }),
  };
}
