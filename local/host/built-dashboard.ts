import { join } from 'node:path';
import { BUILD_FOLDER, SERVED } from '../../dashboard/build/build-folder.ts';
import { type DashboardFiles, readDashboardFiles } from '../../functions/serve-dashboard/dashboard-files.ts';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { HostError } from '../support/host-error.ts';

/**
 * Reads the dashboard, which was built before the host is started.
 *
 * @param folder the folder of the build
 * @throws HostError where it was not
 */
export function builtDashboard(folder = BUILD_FOLDER): DashboardFiles {
  try {
    return readDashboardFiles(join(folder, SERVED));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new HostError('the dashboard is not built: npm start builds it, or npm run dashboard:build', {
      cause: error,
    });
  }
}
