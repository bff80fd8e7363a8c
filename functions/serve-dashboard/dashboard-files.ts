import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { CompressedText } from '../shared/http/answers.ts';

/** Where the page has the nonce of its answer. */
export const NONCE_PLACE = '__CSP_NONCE__';

/** The dashboard, as its build left it. */
export interface DashboardFiles {
  /** The HTML of the page, with `NONCE_PLACE` in it. */
  page: string;
  /** What the page loads, by name. */
  assets: ReadonlyMap<string, CompressedText>;
  /** The script that other people's pages load. */
  embedScript: CompressedText;
}

/** All that is compressed is text: an answer to those who take no gzip is text, too. */
const CONTENT_TYPES = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.txt', 'text/plain; charset=utf-8'],
]);

/** An asset with a hash in its name never changes: another content has another name. */
const ASSET_HEADERS = { 'cache-control': 'public, max-age=31536000, immutable' };

/** The notices have one name, which people may link. */
const NOTICES = 'notices.txt';
const NOTICES_HEADERS = { 'cache-control': 'public, max-age=300' };

/** Pages of other origins load it, even those that let in nothing which does not say that it may be. */
const EMBED_SCRIPT_HEADERS = {
  'cache-control': 'public, max-age=300',
  'cross-origin-resource-policy': 'cross-origin',
};

/**
 * Reads the dashboard's files, which do not change as long as the function runs.
 *
 * @param folder the folder of what is served, in that of a build
 * @throws Error where a file is missing, or is none that can be served
 */
export function readDashboardFiles(folder: string): DashboardFiles {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  if (!page.includes(NONCE_PLACE))
    throw new Error(`the dashboard's page has no place for a nonce: ${folder}`);
  const assetsFolder = join(folder, 'assets');
  const assets = readdirSync(assetsFolder).map((file) => {
    const name = basename(file, '.gz');
    const headers = name === NOTICES ? NOTICES_HEADERS : ASSET_HEADERS;
    return [name, readCompressed(join(assetsFolder, file), headers)] as const;
  });
  return {
    page,
    assets: new Map(assets),
    embedScript: readCompressed(join(folder, 'channel-usage.js.gz'), EMBED_SCRIPT_HEADERS),
  };
}

function readCompressed(file: string, headers: Record<string, string>): CompressedText {
  const contentType = CONTENT_TYPES.get(extname(basename(file, '.gz')));
  if (contentType === undefined) throw new Error(`the dashboard has a file of an unknown kind: ${file}`);
  return new CompressedText(readFileSync(file, 'base64'), { ...headers, 'content-type': contentType });
}
