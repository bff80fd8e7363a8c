import { QueryCache, QueryClient } from '@tanstack/react-query';
import { RequestProblem } from './request-problem.ts';
import { mayRetry, retryDelay } from './retry-policy.ts';

export interface QueryClientParts {
  /** Called when the key stopped working. */
  onRefused: () => void;
  /** A number from 0 up to 1. */
  random: () => number;
}

/** What keeps the answers of the API, and asks again where a question failed. */
export function queryClient({ onRefused, random }: QueryClientParts): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof RequestProblem && error.kind === 'unauthenticated') onRefused();
      },
    }),
    defaultOptions: {
      queries: {
        retry: (_failures, error) => mayRetry(error),
        retryDelay: (failures, error) => retryDelay(failures, error, random()),
        // A request tells better than the browser whether the service can be reached.
        networkMode: 'always',
        refetchOnReconnect: true,
        refetchOnWindowFocus: true,
        staleTime: 10_000,
      },
    },
  });
}
