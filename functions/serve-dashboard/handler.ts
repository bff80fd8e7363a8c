import { join } from 'node:path';
import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { readDashboardFiles } from './dashboard-files.ts';
import { serveDashboard } from './serve-dashboard.ts';

export const handler = serveDashboard(
  lambdaDependencies('serve-dashboard'),
  readDashboardFiles(join(import.meta.dirname, 'dashboard')),
);
