import type { DashboardFiles } from '../../functions/serve-dashboard/dashboard-files.ts';
import { HOST_HEALTH, HOST_HEALTH_META } from '../sample/sample-status.ts';

/** The dashboard with a page that knows where the host tells how far its sample is. */
export function withHostHealth(files: DashboardFiles): DashboardFiles {
  const meta = `<meta name="${HOST_HEALTH_META}" content=".${HOST_HEALTH}" />`;
  return { ...files, page: files.page.replace('</head>', `${meta}</head>`) };
}
