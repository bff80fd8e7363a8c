import { type ChannelUsage, parseChannelUsage } from './channel-usage-answer.ts';

/** Why there are no figures: what the reader may not see, what may answer again, what is set up wrongly. */
export type Problem = 'not-allowed' | 'unreachable' | 'unexpected-answer';

/** What came of asking. */
export type Outcome = { usage: ChannelUsage } | { problem: Problem };

/**
 * Asks a proxy for figures, with the cookies of the page's own origin. Never fails: what goes wrong is an
 * outcome as well.
 */
export async function askForUsage(url: URL, send: typeof fetch, signal: AbortSignal): Promise<Outcome> {
  try {
    const response = await send(url, { credentials: 'same-origin', cache: 'no-store', signal });
    return outcomeOf(response.status, await response.text());
  } catch {
    // There is no connection, it broke off, or it took too long.
    return { problem: 'unreachable' };
  }
}

function outcomeOf(status: number, body: string): Outcome {
  if (status === 401 || status === 403) return { problem: 'not-allowed' };
  if (status === 429 || status >= 500) return { problem: 'unreachable' };
  const usage = status === 200 ? parseChannelUsage(body) : undefined;
  return usage === undefined ? { problem: 'unexpected-answer' } : { usage };
}
