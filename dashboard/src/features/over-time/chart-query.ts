import type { ApiClient } from '../../api/api-client.ts';
import { partQuery } from '../../api/part-query.ts';

/** What draws charts. An error that does not pass is thrown where the chart would be. */
export function chartQuery(api: ApiClient) {
  return partQuery(api, 'chart', () => import('./stacked-chart.tsx'));
}
