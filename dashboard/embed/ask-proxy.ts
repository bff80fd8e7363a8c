/** Why there is no answer: what the reader may not see, what may answer again, what is set up wrongly. */
export type Problem = 'not-allowed' | 'unreachable' | 'unexpected-answer';

/**
 * Asks a proxy, with the cookies of the page's own origin. Never fails: what goes wrong is an outcome as well.
 *
 * @param read reads the answer; gives nothing where it is anything else
 */
export async function askProxy<Answer extends object>(
  url: URL,
  read: (body: string) => Answer | undefined,
  send: typeof fetch,
  signal: AbortSignal,
): Promise<Answer | { problem: Problem }> {
  try {
    const response = await send(url, { credentials: 'same-origin', cache: 'no-store', signal });
    const { status } = response;
    const body = await response.text();
    if (status === 401 || status === 403) return { problem: 'not-allowed' };
    if (status === 429 || status >= 500) return { problem: 'unreachable' };
    return (status === 200 ? read(body) : undefined) ?? { problem: 'unexpected-answer' };
  } catch {
    // There is no connection, it broke off, or it took too long.
    return { problem: 'unreachable' };
  }
}
