// What a site has to write that shows figures by embed tokens: one address, on the server that knows its visitors.

/**
 * Makes what answers `GET /usage-token?peer=…` with a token of the service for that peer, as the component wants it.
 *
 * @param key one with the scope `shares:write`; it stays on the server
 * @param maySee whether whoever sends a request may see the figures of a peer: ask who it is
 */
export function tokenServer({ key, serviceUrl, maySee }) {
  return async (request, response) => {
    const peer = new URL(request.url, 'http://site').searchParams.get('peer') ?? '';
    if (!maySee(request, peer)) return response.writeHead(403).end();
    try {
      const answer = await fetch(`${serviceUrl}/api/v1/peer/${encodeURIComponent(peer)}/embed-tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: '{}',
        signal: AbortSignal.timeout(10_000),
      });
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
      if (answer.ok) return response.writeHead(200, headers).end(await answer.text());
    } catch {
      // The service cannot be reached: the component asks again by itself.
    }
    return response.writeHead(502).end();
  };
}
