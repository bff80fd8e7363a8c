import { parseJson } from '../../functions/shared/domain/parse-json.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { isObject } from './channel-usage-answer.ts';

/** A token is renewed so long before it ends, so that it does not end on its way. */
const RENEW_BEFORE_MS = 30_000;

interface Token {
  token: string;
  /** From then on another one is asked for. */
  renewAt: EpochMillis;
}

/**
 * Makes what asks the API as `fetch` does, with an embed token. The address of the server that gives the token stands
 * behind the `#` of what is asked for, where nobody else sees it; without one it asks as `fetch` does. All that name
 * the same server share its token, which is asked for again before it ends, and once where the API refuses it.
 */
export function tokenFetch(send: typeof fetch, clock: () => EpochMillis): typeof fetch {
  const tokens = new Map<string, Promise<Token | Response>>();

  async function tokenOf(source: string, signal: AbortSignal | null | undefined): Promise<Token | Response> {
    const known = tokens.get(source);
    if (known !== undefined) {
      const token = await known;
      if ('renewAt' in token && clock() < token.renewAt) return token;
    }
    // Whoever was faster has begun to ask.
    const asked = tokens.get(source);
    if (asked !== undefined && asked !== known) return asked;
    const asking = askForToken(source, send, signal, clock);
    tokens.set(source, asking);
    // What failed is asked for again by whoever asks next.
    const forget = () => {
      if (tokens.get(source) === asking) tokens.delete(source);
    };
    asking.then((token) => 'renewAt' in token || forget(), forget);
    return asking;
  }

  return async (input, init) => {
    const url = new URL(String(input));
    const source = decodeURIComponent(url.hash.slice(1));
    if (source === '') return send(input, init);
    url.hash = '';
    for (let isFirst = true; ; isFirst = false) {
      const token = await tokenOf(source, init?.signal);
      // What the server answers instead says why there is none.
      if (!('renewAt' in token)) return token.clone();
      const headers = { authorization: `Bearer ${token.token}` };
      const response = await send(url, { ...init, headers, credentials: 'omit' });
      if (response.status !== 401 || !isFirst) return response;
      tokens.delete(source);
    }
  };
}

/** Asks the server of the page, with the cookies of its origin. @returns its answer, where that holds no token */
async function askForToken(
  source: string,
  send: typeof fetch,
  signal: AbortSignal | null | undefined,
  clock: () => EpochMillis,
): Promise<Token | Response> {
  const init: RequestInit = { credentials: 'same-origin', cache: 'no-store' };
  const response = await send(source, signal ? { ...init, signal } : init);
  if (response.status !== 200) return response;
  const answer = parseJson(await response.text());
  const [token, expiresAt] = isObject(answer) ? [answer['token'], answer['expiresAt']] : [];
  const ends = Date.parse(String(expiresAt));
  // As an answer that is anything else but what was asked for.
  if (typeof token !== 'string' || Number.isNaN(ends)) return new Response('', { status: 404 });
  return { token, renewAt: Math.max(ends - RENEW_BEFORE_MS, clock() + 1_000) };
}
