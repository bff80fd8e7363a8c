import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { ChannelStatsAnswer } from '../../../../functions/usage-api/contract.ts';
import { developmentKey, rangeKey } from '../../api/queries.ts';
import { useEnvironment } from '../../environment.ts';
import { throttle } from '../../state/throttle.ts';

const DEVELOPMENT_AT_MOST_EVERY_MS = 10_000;

/**
 * Asks for everything else about a peer again when its all-time figures change: for the figures of a range
 * at once, for history, growth and health at most every ten seconds.
 *
 * @param allTime the same object as long as nothing in it changes
 */
export function useFollow(peerId: string, allTime: ChannelStatsAnswer | undefined): void {
  const { clock } = useEnvironment();
  const client = useQueryClient();
  const seen = useRef<ChannelStatsAnswer>(undefined);
  const development = useMemo(
    () =>
      throttle(
        () => client.invalidateQueries({ queryKey: developmentKey(peerId) }),
        DEVELOPMENT_AT_MOST_EVERY_MS,
        {
          clock,
          later: (action, milliseconds) => {
            const timer = setTimeout(action, milliseconds);
            return () => clearTimeout(timer);
          },
        },
      ),
    [client, clock, peerId],
  );
  useEffect(() => () => development.stop(), [development]);
  useEffect(() => {
    const hasChanged = seen.current !== undefined && seen.current !== allTime;
    seen.current = allTime;
    if (!hasChanged) return;
    client.invalidateQueries({ queryKey: rangeKey(peerId) });
    development.ask();
  }, [allTime, client, development, peerId]);
}
