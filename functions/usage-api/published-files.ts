/** The files of what the API publishes about itself. */
export const PUBLISHED_FILES = {
  /** The OpenAPI document, as JSON, by gzip. */
  document: 'openapi.json.gz',
  /** The reference page, as HTML, by gzip. */
  page: 'reference.html.gz',
  /** The SHA-256 of the page's style sheet, in base64. */
  pageStyleHash: 'reference.css.sha256',
} as const;
