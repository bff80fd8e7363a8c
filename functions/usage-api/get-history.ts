import { type IncludableChannels, listedChannels } from '../shared/domain/channel-stats.ts';
import { history, historyProblem, historyRange } from '../shared/domain/history.ts';
import { dayOf, type EpochMillis, isoSeconds } from '../shared/domain/utc-day.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import type { PeerRequest } from '../shared/http/http.ts';
import { parseQuery } from '../shared/http/request-parsing.ts';
import type { UsageReader } from '../shared/store/usage-reader.ts';
import { type HistoryAnswer, historyQuery } from './contract.ts';

/** Answers with a peer's figures by day, week or month. */
export function getHistory(
  reader: Pick<UsageReader, 'read'>,
  clock: () => EpochMillis,
): (request: PeerRequest) => Promise<HistoryAnswer> {
  return async ({ peerId, query }) => {
    const now = clock();
    const today = dayOf(now);
    const { from, to, interval, include = new Set<IncludableChannels>() } = parseQuery(historyQuery, query);
    const range = historyRange(
      { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
      today,
    );
    if (range.from > range.to) throw wrongFrom('from must not be after today where to is left out');
    refuse(historyProblem(range, interval, 0));
    // Consistently, as figures are subtracted: those of one moment from those of another give nonsense.
    const usage = await reader.read(peerId, today, { from: range.from, consistent: true });
    refuse(historyProblem(range, interval, listedChannels(usage, include).length));
    return {
      query: { peerId, ...range, interval, timezone: 'UTC' },
      buckets: history(usage, { ...range, interval, include, today }),
      asOf: isoSeconds(now),
    };
  };
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw wrongFrom(problem);
}

function wrongFrom(message: string): InvalidRequestError {
  return new InvalidRequestError([{ path: 'from', message }]);
}
