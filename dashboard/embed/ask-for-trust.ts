import { parseJson } from '../../functions/shared/domain/parse-json.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { askProxy, type Problem } from './ask-proxy.ts';
import { isCount, isObject } from './channel-usage-answer.ts';

/** What the card says of how far its figures may be trusted. */
export interface UsageTrust {
  /** Whether counting is behind, or has stopped. */
  isBehind: boolean;
  /** Up to when figures are complete, where that is known. */
  countedThrough: EpochMillis | undefined;
  /** Messages that are in no figure. */
  notCounted: number;
}

/** What came of asking; nothing where it is not told. */
export type TrustOutcome = { trust?: UsageTrust } | { problem: Problem };

/**
 * Makes what asks a proxy how far figures may be trusted. It never fails, and asks an address no more that does not
 * tell: a proxy need not pass this question on.
 */
export function trustAsker(send: typeof fetch): (url: URL, signal: AbortSignal) => Promise<TrustOutcome> {
  const silent = new Set<string>();
  return async (url, signal) => {
    if (silent.has(url.href)) return {};
    const outcome = await askProxy(url, readTrust, send, signal);
    if (!('problem' in outcome) || outcome.problem === 'unreachable') return outcome;
    silent.add(url.href);
    return {};
  };
}

function readTrust(body: string): { trust: UsageTrust } | undefined {
  const answer = parseJson(body);
  if (!isObject(answer) || !isObject(answer['notCounted'])) return undefined;
  const { status, countedThrough } = answer;
  const { quarantined, givenUp } = answer['notCounted'];
  if (!isCount(quarantined) || !isCount(givenUp)) return undefined;
  return {
    trust: {
      isBehind: status === 'behind' || status === 'stalled',
      countedThrough: Date.parse(String(countedThrough)) || undefined,
      notCounted: quarantined + givenUp,
    },
  };
}
