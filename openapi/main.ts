import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  OPENAPI_DOCUMENT_GZIP,
  REFERENCE_PAGE_GZIP,
  REFERENCE_PAGE_STYLE_SHA256,
} from '../functions/usage-api/published-texts.ts';
import { buildDocument } from './document.ts';
import { renderPage } from './page.ts';

// Makes the OpenAPI document and the reference page, or, with --check, tells whether they are up to date.

const FOLDER = import.meta.dirname;
const DOCUMENT_FILE = join(FOLDER, 'openapi.json');
const TEXTS_FILE = join(FOLDER, '../functions/usage-api/published-texts.ts');

const style = await readFile(join(FOLDER, 'page.css'), 'utf8');
const document = buildDocument();
const readable = `${JSON.stringify(document, null, 2)}\n`;
const published = {
  document: JSON.stringify(document),
  page: renderPage(document, style),
  styleSha256: createHash('sha256').update(style).digest('base64'),
};

if (process.argv.includes('--check')) await check();
else await write();

async function write(): Promise<void> {
  await writeFile(DOCUMENT_FILE, readable);
  await writeFile(
    TEXTS_FILE,
    `// Made by \`npm run openapi\`: a change by hand would be lost.

/** The OpenAPI document, as JSON, by gzip, in base64. */
export const OPENAPI_DOCUMENT_GZIP =
  '${compressed(published.document)}';

/** The reference page, as HTML, by gzip, in base64. */
export const REFERENCE_PAGE_GZIP =
  '${compressed(published.page)}';

/** The SHA-256 of the page's style sheet, in base64. */
export const REFERENCE_PAGE_STYLE_SHA256 = '${published.styleSha256}';
`,
  );
}

/** Compares the texts themselves: one version of zlib compresses them otherwise than another. */
async function check(): Promise<void> {
  const stale = [
    (await readFile(DOCUMENT_FILE, 'utf8')) !== readable && 'openapi/openapi.json',
    (decompressed(OPENAPI_DOCUMENT_GZIP) !== published.document ||
      decompressed(REFERENCE_PAGE_GZIP) !== published.page ||
      REFERENCE_PAGE_STYLE_SHA256 !== published.styleSha256) &&
      'functions/usage-api/published-texts.ts',
  ].filter((file) => file !== false);
  if (stale.length === 0) return;
  process.stderr.write(`${stale.join(' and ')}: not up to date; run npm run openapi\n`);
  process.exitCode = 1;
}

function compressed(text: string): string {
  return gzipSync(text, { level: 9 }).toString('base64');
}

function decompressed(base64: string): string {
  return gunzipSync(Buffer.from(base64, 'base64')).toString('utf8');
}
