import { join } from 'node:path';

/** The folder of the build. */
export const BUILD_FOLDER = join(import.meta.dirname, 'dist');
/** The OpenAPI document, in that folder, as people and tools read it. */
export const DOCUMENT = 'openapi.json';
/** The folder, in that folder, of what usage-api answers with, under the names of its `PUBLISHED_FILES`. */
export const PUBLISHED = 'published';
