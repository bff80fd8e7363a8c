import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from './api-client.ts';
import { loadPart } from './load-part.ts';
import { tryAccess } from './queries.ts';

/**
 * A part of the page that is a file of its own. An error that does not pass is thrown where the part would be.
 *
 * @param name tells it from other parts
 */
export function partQuery<Part>(api: ApiClient, name: string, load: () => Promise<Part>) {
  return queryOptions({
    queryKey: ['part', name],
    queryFn: ({ signal }) => loadPart(load, () => tryAccess(api, signal)),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    throwOnError: true,
  });
}
