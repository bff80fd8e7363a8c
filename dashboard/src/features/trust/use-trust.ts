import { useQuery } from '@tanstack/react-query';
import type { Trust } from '../../../../functions/shared/domain/trust.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { trustQuery, usageQuery } from '../../api/queries.ts';
import { useIsLoading } from '../../api/sample.ts';
import { useApi, usePoll } from '../../api/session.tsx';
import { useEnvironment } from '../../environment.ts';
import { type TrustWords, trustWords } from './trust-words.ts';

/** What there is to know of the trust in a peer's figures. */
export interface KnownTrust {
  trust: Trust;
  words: TrustWords;
}

/**
 * How far a peer's figures may be trusted, as it was told last; nothing where it is not known, and while the
 * messages of the peer come with the sample: what is said of that says more.
 */
export function useTrust(peerId: string, today: UtcDay): KnownTrust | undefined {
  const { formats, dates } = useEnvironment();
  const api = useApi();
  const poll = usePoll();
  const isLoading = useIsLoading(peerId);
  // Figures come first, and there is nothing to trust without them.
  const { data: figures } = useQuery(usageQuery(api, poll, peerId, undefined));
  const isWanted = figures !== undefined && !isLoading;
  const { data: trust } = useQuery({ ...trustQuery(api, poll, peerId), enabled: isWanted });
  if (!isWanted || trust === undefined || trust === null) return undefined;
  return { trust, words: trustWords(trust, formats, dates, today) };
}
