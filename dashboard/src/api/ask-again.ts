import type { QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Asks the question of a query again at once, also where the query has no answer yet and waits before it asks
 * again by itself. To refetch it would leave it waiting then.
 */
export async function askAgain(client: QueryClient, queryKey: QueryKey): Promise<void> {
  const query = { queryKey, exact: true };
  await client.cancelQueries(query);
  await client.refetchQueries(query);
}
