import { isUtcDay } from '../../functions/shared/domain/utc-day.ts';

/** The attributes that say which figures are asked for, and where; null where there is none. */
export interface UsageAttributes {
  peer: string | null;
  /**
   * The address of the proxy on the server of the page, as it stands in markup; with `token-src`, that of the API, where
   * it is not the one that the script came from.
   */
  src: string | null;
  /** The address on the server of the page that gives embed tokens. */
  tokenSrc: string | null;
  /** Days, both included. */
  from: string | null;
  to: string | null;
}

/** Where the figures are asked for, or what is wrong with the attributes, as a sentence. */
export type UsageAddress = { url: URL } | { mistake: string };

/**
 * The address that a proxy answers with a peer's figures.
 *
 * @param base the address of the page, for a `src` that is relative to it
 * @param script the address of the script of the component, beside which the API is
 * @returns with `tokenSrc`, the address of what gives tokens stands behind its `#`
 */
export function usageAddress(
  { peer, src: given, tokenSrc, from, to }: UsageAttributes,
  base: string,
  script?: string,
): UsageAddress {
  const src = given || (tokenSrc && script && new URL('api/v1', script).href);
  if (!peer && !src) return { mistake: 'The attributes peer and src are missing.' };
  if (!peer) return { mistake: 'The attribute peer is missing.' };
  if (!src) return { mistake: 'The attribute src is missing.' };
  for (const [name, day] of Object.entries({ from, to })) {
    if (day && !isUtcDay(day)) {
      return { mistake: `The attribute ${name} must be a day, such as 2026-11-22.` };
    }
  }
  if (from && to && from > to) return { mistake: 'The attribute from must not be after to.' };
  const url = URL.parse(src, base);
  if (url === null) return { mistake: 'The attribute src is not an address.' };
  url.pathname = `${url.pathname.replace(/\/$/, '')}/peer/${encodeURIComponent(peer)}/channel-stats`;
  url.searchParams.set('include', 'percentage');
  if (from) url.searchParams.set('from', from);
  if (to) url.searchParams.set('to', to);
  const tokens = tokenSrc ? URL.parse(tokenSrc, base) : undefined;
  if (tokens === null) return { mistake: 'The attribute token-src is not an address.' };
  url.hash = tokens ? encodeURIComponent(tokens.href) : '';
  return { url };
}

/** The address that a proxy may answer with how far the figures of an address may be trusted: of all days. */
export function trustAddress(usage: URL): URL {
  const url = new URL(usage);
  url.pathname += '/trust';
  for (const name of ['include', 'from', 'to']) url.searchParams.delete(name);
  return url;
}
