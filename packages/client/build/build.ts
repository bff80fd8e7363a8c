import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import * as openapi from '../../../openapi/build-folder.ts';
import { TYPES } from './build-folder.ts';

/**
 * Makes the types of the API out of the OpenAPI document, which has been built.
 *
 * @param folder where to; it does not exist yet
 */
export async function build(folder: string): Promise<void> {
  const document = pathToFileURL(join(openapi.BUILD_FOLDER, openapi.DOCUMENT));
  const types = await openapiTS(document, {
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    defaultNonNullable: false,
  });
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, TYPES),
    `// Made of the OpenAPI document by openapi-typescript.\n\n${astToString(types)}`,
  );
}
