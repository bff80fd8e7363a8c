import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { PUBLISHED_FILES } from '../functions/usage-api/published-files.ts';
import { DOCUMENT, PUBLISHED } from './build-folder.ts';
import { buildDocument } from './document.ts';
import { renderPage } from './page.ts';

/**
 * Builds the OpenAPI document and the reference page.
 *
 * @param folder where to; it does not exist yet
 */
export async function build(folder: string): Promise<void> {
  const style = await readFile(join(import.meta.dirname, 'page.css'), 'utf8');
  const document = buildDocument();
  const published = join(folder, PUBLISHED);
  await mkdir(published, { recursive: true });
  await writeFile(join(folder, DOCUMENT), `${JSON.stringify(document, null, 2)}\n`);
  await writeFile(join(published, PUBLISHED_FILES.document), compressed(JSON.stringify(document)));
  await writeFile(join(published, PUBLISHED_FILES.page), compressed(renderPage(document, style)));
  const styleHash = createHash('sha256').update(style).digest('base64');
  await writeFile(join(published, PUBLISHED_FILES.pageStyleHash), styleHash);
}

function compressed(text: string): Uint8Array {
  return gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
}
