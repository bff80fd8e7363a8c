import { PlainText } from '../shared/http/answers.ts';
import { NotFoundError } from '../shared/http/api-errors.ts';
import { type HttpHandler, httpFunction } from '../shared/http/http.ts';
import type { Operations } from '../shared/http/operation.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { type DashboardFiles, NONCE_PLACE } from './dashboard-files.ts';

/** As many as the specification of content security policies wants at least. */
const NONCE_BYTES = 16;

/** What the operations of this function work with. */
interface DashboardContext extends DashboardFiles, Pick<Dependencies, 'randomBytes'> {}

const OPERATIONS: Operations<'serve-dashboard', DashboardContext> = {
  getDashboardPage: {
    access: 'public',
    answer: async (_request, { page, randomBytes }) =>
      pageWith(page, Buffer.from(randomBytes(NONCE_BYTES)).toString('base64')),
  },
  getDashboardAsset: {
    access: 'public',
    answer: async ({ path }, { assets }) => {
      const asset = assets.get(path['file'] ?? '');
      if (asset === undefined) throw new NotFoundError();
      return asset;
    },
  },
  getChannelUsageScript: { access: 'public', answer: async (_request, { embedScript }) => embedScript },
};

/** Serves the dashboard: its page, what the page loads, and the script for other people's pages. */
export function serveDashboard(dependencies: Dependencies, files: DashboardFiles): HttpHandler {
  const { randomBytes } = dependencies;
  return httpFunction(dependencies, OPERATIONS, { ...files, randomBytes });
}

/**
 * The page, which may run the scripts of this origin and call its API, and nothing else. Its components
 * make <style> elements, which need the nonce.
 */
function pageWith(page: string, nonce: string): PlainText {
  return new PlainText(page.replaceAll(NONCE_PLACE, nonce), {
    'content-type': 'text/html; charset=utf-8',
    // With another nonce each time.
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "connect-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  });
}
