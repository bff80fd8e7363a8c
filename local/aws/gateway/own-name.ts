import { isIP } from 'node:net';

/** Where a server listens. */
export interface Listening {
  /** The name or address that it was told to listen on. */
  host: string;
  /** The address that this is. */
  address: string;
}

/**
 * Whether a request was meant for this machine, by the `Host` that it names.
 *
 * A page may let its own name point to this machine after it was loaded, and would then be of the same origin
 * as this service. Such a name is neither an address nor `localhost`. Where the service is open to a network,
 * people may reach it by names that nobody knows here, and every name will do.
 *
 * @param names the values of the header; clients of HTTP/1.0, which no browser is, may leave it out
 */
export function isOwnName(names: readonly string[], { host, address }: Listening): boolean {
  if (!isLoopback(address)) return true;
  return names.every((name) => {
    const url = `http://${name}`;
    if (!URL.canParse(url)) return false;
    const { hostname } = new URL(url);
    return (
      hostname === host.toLowerCase() ||
      isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 ||
      /(^|\.)localhost\.?$/.test(hostname)
    );
  });
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
