import { CompressedText } from '../shared/http/http.ts';
import {
  OPENAPI_DOCUMENT_GZIP,
  REFERENCE_PAGE_GZIP,
  REFERENCE_PAGE_STYLE_SHA256,
} from './published-texts.ts';

const CACHED = { 'cache-control': 'public, max-age=300' };

/** The OpenAPI document. */
export const openApiDocument = new CompressedText(OPENAPI_DOCUMENT_GZIP, {
  ...CACHED,
  'content-type': 'application/json',
});

/** The reference page, which may do nothing but show itself in its own style. */
export const referencePage = new CompressedText(REFERENCE_PAGE_GZIP, {
  ...CACHED,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${REFERENCE_PAGE_STYLE_SHA256}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
});
