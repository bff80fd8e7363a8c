import type { Scope } from '../domain/api-key.ts';

/** The functions that answer HTTP requests. */
export type HttpFunction = ApiFunction | 'serve-dashboard';
/** The functions whose routes are the API that the OpenAPI document describes. */
export type ApiFunction = 'record-messages' | 'look-up-messages' | 'manage-channels' | 'usage-api';

/**
 * Who may call a route: everyone, whoever has a key with the scope (or any key), or whoever has a key with the scope
 * that may touch the peer `peerId` of the path.
 */
export type RouteAccess =
  | { access: 'public' }
  | { access: 'key'; scope: Scope | 'any' }
  | { access: 'peer'; scope: Scope };

/** One operation of the HTTP API. */
export type Route = RouteAccess & {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With parameters in braces, as API Gateway and OpenAPI write them. */
  path: string;
  function: HttpFunction;
};

/** What a request may be sent with: `HEAD` wherever `GET` is, which answers the same without a body. */
export type Method = Route['method'] | 'HEAD';

/**
 * Every operation of the HTTP API: the gateway, the local host and the functions all take theirs from
 * here. Whatever matches no route goes to `FALLBACK_FUNCTION`, which answers 404 or 405.
 */
export const ROUTES = {
  recordMessages: {
    method: 'POST',
    path: '/api/v1/peer/{peerId}/messages',
    function: 'record-messages',
    access: 'peer',
    scope: 'messages:write',
  },
  lookUpMessages: {
    method: 'POST',
    path: '/api/v1/peer/{peerId}/messages/lookup',
    function: 'look-up-messages',
    access: 'peer',
    scope: 'messages:read',
  },
  getChannelStats: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  getHistory: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/history',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  getGrowth: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/growth',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  getReport: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/report',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  getReportCsv: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/report.csv',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  getReportMarkdown: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/report.md',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  getReportHtml: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/report.html',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  getTrust: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/trust',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  getProof: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/proof',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  getProofFingerprints: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/proof/fingerprints',
    function: 'usage-api',
    access: 'peer',
    scope: 'proof:read',
  },
  getProofKey: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/proof-key',
    function: 'usage-api',
    access: 'peer',
    scope: 'proof:read',
  },
  getHealth: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channel-stats/health',
    function: 'usage-api',
    access: 'peer',
    scope: 'stats:read',
  },
  listChannels: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/channels',
    function: 'manage-channels',
    access: 'peer',
    scope: 'stats:read',
  },
  setChannel: {
    method: 'PUT',
    path: '/api/v1/peer/{peerId}/channels/{channelId}',
    function: 'manage-channels',
    access: 'peer',
    scope: 'channels:write',
  },
  getHealthSettings: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/health-settings',
    function: 'manage-channels',
    access: 'peer',
    scope: 'stats:read',
  },
  setHealthSettings: {
    method: 'PUT',
    path: '/api/v1/peer/{peerId}/health-settings',
    function: 'manage-channels',
    access: 'peer',
    scope: 'channels:write',
  },
  listShareLinks: {
    method: 'GET',
    path: '/api/v1/peer/{peerId}/share-links',
    function: 'manage-channels',
    access: 'peer',
    scope: 'shares:write',
  },
  makeShareLink: {
    method: 'POST',
    path: '/api/v1/peer/{peerId}/share-links',
    function: 'manage-channels',
    access: 'peer',
    scope: 'shares:write',
  },
  revokeShareLink: {
    method: 'DELETE',
    path: '/api/v1/peer/{peerId}/share-links/{id}',
    function: 'manage-channels',
    access: 'peer',
    scope: 'shares:write',
  },
  makeEmbedToken: {
    method: 'POST',
    path: '/api/v1/peer/{peerId}/embed-tokens',
    function: 'manage-channels',
    access: 'peer',
    scope: 'shares:write',
  },
  listPeers: {
    method: 'GET',
    path: '/api/v1/peers',
    function: 'usage-api',
    access: 'key',
    scope: 'stats:read',
  },
  getOverview: {
    method: 'GET',
    path: '/api/v1/peers/overview',
    function: 'usage-api',
    access: 'key',
    scope: 'stats:read',
  },
  getMetrics: {
    method: 'GET',
    path: '/api/v1/metrics',
    function: 'usage-api',
    access: 'key',
    scope: 'stats:read',
  },
  getKey: {
    method: 'GET',
    path: '/api/v1/key',
    function: 'usage-api',
    access: 'key',
    scope: 'any',
  },
  getOpenApiDocument: {
    method: 'GET',
    path: '/api/v1/openapi.json',
    function: 'usage-api',
    access: 'public',
  },
  getReferencePage: {
    method: 'GET',
    path: '/docs',
    function: 'usage-api',
    access: 'public',
  },
  getDashboardPage: {
    method: 'GET',
    path: '/',
    function: 'serve-dashboard',
    access: 'public',
  },
  getDashboardAsset: {
    method: 'GET',
    path: '/assets/{file}',
    function: 'serve-dashboard',
    access: 'public',
  },
  getChannelUsageScript: {
    method: 'GET',
    path: '/channel-usage.js',
    function: 'serve-dashboard',
    access: 'public',
  },
} as const satisfies Record<string, Route>;

/** The routes of all functions, or of some. */
export type RouteName<Function extends HttpFunction = HttpFunction> = {
  [Name in keyof typeof ROUTES]: (typeof ROUTES)[Name]['function'] extends Function ? Name : never;
}[keyof typeof ROUTES];

/** Who may call a route, by its name. */
export type AccessOf<Name extends RouteName> = (typeof ROUTES)[Name]['access'];

export const FALLBACK_FUNCTION: HttpFunction = 'usage-api';

/** A route as API Gateway names it in `routeKey`. */
export function routeKey({ method, path }: { method: Method; path: string }): string {
  return `${method} ${path}`;
}

/** The methods of a route, its own first. */
export function methodsOf({ method }: Pick<Route, 'method'>): Method[] {
  return method === 'GET' ? [method, 'HEAD'] : [method];
}

/** A route that a request matches, with the method that it was sent with and the parameters of its path. */
export interface RouteMatch {
  route: Route;
  method: Method;
  parameters: Record<string, string>;
}

/**
 * The route that a request matches; nothing where it matches none.
 *
 * @param segments what stands between the slashes of its path, each decoded
 */
export function matchRoute(method: string, segments: readonly string[]): RouteMatch | undefined {
  for (const route of Object.values<Route>(ROUTES)) {
    const known = methodsOf(route).find((one) => one === method);
    const parameters = known === undefined ? undefined : matchPath(route.path, segments);
    if (known !== undefined && parameters !== undefined) return { route, method: known, parameters };
  }
  return undefined;
}

/**
 * What stands between the slashes of a path, each decoded alone, so that an encoded slash separates nothing.
 *
 * @returns nothing where the percent-encoding is broken, or there are bytes that need one
 */
export function decodedSegments(path: string): string[] | undefined {
  // Bytes beyond ASCII come as characters of Latin-1, whatever they were meant to be.
  if (!/^[\u0021-\u007e]*$/.test(path)) return undefined;
  try {
    return path.split('/').map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** The methods of the routes that match a path, in which parameters stand for one segment each. */
export function methodsAt(path: string): Method[] {
  const segments = path.split('/');
  return Object.values(ROUTES)
    .filter((route) => matchPath(route.path, segments) !== undefined)
    .flatMap(methodsOf);
}

/**
 * The parameters of a path by their names, where it matches the path of a route; nothing where it does not.
 *
 * @param segments what stands between the slashes of the path, each decoded
 */
export function matchPath(
  routePath: string,
  segments: readonly string[],
): Record<string, string> | undefined {
  const parts = routePath.split('/');
  if (parts.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    const [, name] = /^\{(.+)\}$/.exec(part) ?? [];
    if (name === undefined ? segment !== part : segment === '') return undefined;
    if (name !== undefined) parameters[name] = segment;
  }
  return parameters;
}
