import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/api-client.ts';
import { loadPart } from '../../api/load-part.ts';
import { tryAccess } from '../../api/queries.ts';

/** What draws charts. An error that does not pass is thrown where the chart would be. */
export function chartQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['chart'],
    queryFn: ({ signal }) =>
      loadPart(
        () => import('./stacked-chart.tsx'),
        () => tryAccess(api, signal),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    throwOnError: true,
  });
}
