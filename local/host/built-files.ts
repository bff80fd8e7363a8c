import { join } from 'node:path';
import * as dashboard from '../../dashboard/build/build-folder.ts';
import { type DashboardFiles, readDashboardFiles } from '../../functions/serve-dashboard/dashboard-files.ts';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import type { PublishedDocuments } from '../../functions/usage-api/context.ts';
import { readPublishedDocuments } from '../../functions/usage-api/published-documents.ts';
import * as openapi from '../../openapi/build-folder.ts';
import { HostError } from '../support/host-error.ts';

/**
 * Reads the dashboard, which was built before the host is started.
 *
 * @param folder the folder of the build
 * @throws HostError where it was not
 */
export function builtDashboard(folder = dashboard.BUILD_FOLDER): DashboardFiles {
  return read('the dashboard', () => readDashboardFiles(join(folder, dashboard.SERVED)));
}

/**
 * Reads what the API publishes about itself, which was built before the host is started.
 *
 * @param folder the folder of the build
 * @throws HostError where it was not
 */
export function builtDocuments(folder = openapi.BUILD_FOLDER): PublishedDocuments {
  return read('the description of the API', () => readPublishedDocuments(join(folder, openapi.PUBLISHED)));
}

function read<Files>(what: string, files: () => Files): Files {
  try {
    return files();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new HostError(`${what} is not built: npm start builds it, or npm run build`, { cause: error });
  }
}
