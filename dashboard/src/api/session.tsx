import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { useEnvironment } from '../environment.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { RequestProblem } from './request-problem.ts';
import { mayRetry, retryDelay } from './retry-policy.ts';

const ApiContext = createContext<ApiClient | undefined>(undefined);

export interface SessionProps {
  /** The reader's key. Another one is for another session: a change is not followed. */
  apiKey: string;
  /** Called when the key stopped working. */
  onRefused: () => void;
  children: ReactNode;
}

/** Lets what is inside ask the API. Answers are kept as long as it is there, and not shared between keys. */
export function Session({ apiKey, onRefused, children }: SessionProps) {
  const { fetch, random } = useEnvironment();
  const [api] = useState(() => apiClient({ key: apiKey, fetch, timeLimit: (ms) => AbortSignal.timeout(ms) }));
  const [client] = useState(() => queryClient(onRefused, random));
  useEffect(() => () => client.clear(), [client]);
  return (
    <ApiContext value={api}>
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    </ApiContext>
  );
}

/** @throws Error outside of a `Session` */
export function useApi(): ApiClient {
  const api = useContext(ApiContext);
  if (api === undefined) throw new Error('there is no session around this component');
  return api;
}

function queryClient(onRefused: () => void, random: () => number): QueryClient {
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
