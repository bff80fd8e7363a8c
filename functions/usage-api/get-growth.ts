import type { IncludableChannels } from '../shared/domain/channel-stats.ts';
import { firstDayOfGrowth, growth } from '../shared/domain/growth.ts';
import { addDays, dayOf, type EpochMillis, isoSeconds } from '../shared/domain/utc-day.ts';
import type { PeerRequest } from '../shared/http/http.ts';
import { parseQuery } from '../shared/http/request-parsing.ts';
import type { UsageReader } from '../shared/store/usage-reader.ts';
import { type GrowthAnswer, growthQuery } from './contract.ts';

/** Answers with a peer's figures of the last weeks, each beside those of the week before. */
export function getGrowth(
  reader: Pick<UsageReader, 'read'>,
  clock: () => EpochMillis,
): (request: PeerRequest) => Promise<GrowthAnswer> {
  return async ({ peerId, query }) => {
    const now = clock();
    const today = dayOf(now);
    const { weeks, include = new Set<IncludableChannels>() } = parseQuery(growthQuery, query);
    const through = addDays(today, -1);
    // Consistently, as whether there is history follows from a difference.
    const usage = await reader.read(peerId, today, {
      from: firstDayOfGrowth({ weeks, through }),
      consistent: true,
    });
    return {
      query: { peerId, weeks, through, timezone: 'UTC' },
      weeks: growth(usage, { weeks, through, include }),
      asOf: isoSeconds(now),
    };
  };
}
