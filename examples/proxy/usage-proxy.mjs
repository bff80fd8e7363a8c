// The proxy that the component needs on the server of its page. It is all that a site has to write.

// The key stays on the server. In the page, every visitor would have it.
const { CHANNEL_USAGE_API_KEY, SERVICE_URL = 'http://127.0.0.1:8787' } = process.env;
// Visitors see these peers, and no others that the key may read. A server with accounts asks who it is, too.
const PEERS = new Set(['peer_support', 'peer_hr']);

/** Answers a request of a page by the service; refuses what pages have no need to ask. */
export async function usageProxy({ method, url }, response) {
  const target = method === 'GET' ? serviceAddress(url) : undefined;
  if (target === undefined) return response.writeHead(403).end();
  try {
    const headers = { authorization: `Bearer ${CHANNEL_USAGE_API_KEY}` };
    const answer = await fetch(target, { headers, signal: AbortSignal.timeout(10_000) });
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') }).end(body);
  } catch {
    response.writeHead(502).end();
  }
}

function serviceAddress(url) {
  if (url === '/channel-usage.js') return SERVICE_URL + url;
  const [, peer, query] = /^\/usage\/peer\/([^/?]+)\/channel-stats(\?.*)?$/.exec(url) ?? [];
  return PEERS.has(peer) ? `${SERVICE_URL}/api/v1/peer/${peer}/channel-stats${query ?? ''}` : undefined;
}
