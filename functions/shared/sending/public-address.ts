import ipaddr from 'ipaddr.js';

/** Where a message may be sent: on the local host alone also to the machine itself, without encryption. */
export interface Reach {
  allowLoopback: boolean;
}

/** All addresses of IPv6 that are routed through the internet lie in it. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether something may connect to an address: it is one of the internet, and no private, local, link-local,
 * multicast or reserved one, as which services of a cloud answer that give away credentials.
 *
 * @param address of IPv4 or IPv6, as a resolver gives it
 */
export function isAllowedAddress(address: string, { allowLoopback }: Reach): boolean {
  if (!ipaddr.isValid(address)) return false;
  // An address of IPv4 that is written as one of IPv6 is what it stands for.
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === 'loopback') return allowLoopback;
  if (range !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_IPV6);
}

/** What is found by the network at hand alone, such as the metadata of some clouds. */
const PRIVATE_NAMES = /\.(local|internal)\.?$/;

/** The address that a URL names itself, where it names one: no resolver is asked for it. */
function literalAddress({ hostname }: URL): string | undefined {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return ipaddr.isValid(address) ? address : undefined;
}

/**
 * Says why nothing may be sent to a URL, or nothing where it may, as far as can be told without asking a resolver.
 * What it says holds no part of the URL, which may be a secret.
 */
export function urlProblem(text: string, reach: Reach): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'it is not a URL';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'it has to begin with https://';
  const literal = literalAddress(url);
  if (literal !== undefined && !isAllowedAddress(literal, reach)) return 'its address is not a public one';
  if (url.username !== '' || url.password !== '') return 'it has to hold no user name and no password';
  if (PRIVATE_NAMES.test(url.hostname)) return 'its address is not a public one';
  if (!reach.allowLoopback) {
    if (url.protocol === 'http:') return 'it has to begin with https://';
    if (/(^|\.)localhost\.?$/.test(url.hostname)) return 'its address is not a public one';
  }
  return undefined;
}
