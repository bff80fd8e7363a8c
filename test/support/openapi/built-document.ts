import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { BUILD_FOLDER, DOCUMENT } from '../../../openapi/build-folder.ts';

/** The OpenAPI document as it was built. `npm test` builds it, and tests compare it with its sources. */
export const BUILT_DOCUMENT = z
  .looseObject({})
  .parse(JSON.parse(readFileSync(join(BUILD_FOLDER, DOCUMENT), 'utf8')));
