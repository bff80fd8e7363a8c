import { askProxy, type Problem } from './ask-proxy.ts';
import { type ChannelUsage, parseChannelUsage } from './channel-usage-answer.ts';

/** What came of asking. */
export type Outcome = { usage: ChannelUsage } | { problem: Problem };

/** Asks a proxy for figures. Never fails: what goes wrong is an outcome as well. */
export function askForUsage(url: URL, send: typeof fetch, signal: AbortSignal): Promise<Outcome> {
  return askProxy(url, readUsage, send, signal);
}

function readUsage(body: string): { usage: ChannelUsage } | undefined {
  const usage = parseChannelUsage(body);
  return usage && { usage };
}
