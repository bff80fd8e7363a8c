import { ROUTES, type RouteName } from '../../../../functions/shared/http/routes.ts';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionOptions, connectionOf } from '../connection/connect.ts';
import { ApiRequests } from './api-requests.ts';

/** How often a request is sent whose answer somebody waits for. */
const ATTEMPTS = 3;

/** The parameters of a query; those that are not there, and empty lists, are left out. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** The service that the options mean, for a command that reads a little. @throws UsageError where no key is known */
export async function serviceFor(options: ConnectionOptions, context: CliContext): Promise<ApiRequests> {
  const { waiting, fetch } = context;
  return new ApiRequests({ ...(await connectionOf(options, context)), waiting, fetch, attempts: ATTEMPTS });
}

/** The path of an operation, with its parameters and its query. */
export function pathOf(
  route: RouteName,
  parameters: Readonly<Record<string, string>> = {},
  query: Query = {},
): string {
  const path = ROUTES[route].path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(parameters[name] ?? ''),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const text = typeof value === 'object' ? value.join(',') : value;
    if (text !== undefined && text !== '') search.set(name, String(text));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}
