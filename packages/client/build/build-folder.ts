import { join } from 'node:path';

/** The folder of the build. */
export const BUILD_FOLDER = join(import.meta.dirname, '../src/generated');
/** The file, in that folder, with the types of the API. */
export const TYPES = 'openapi.ts';
