import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { developmentKey, rangeKey } from '../../api/queries.ts';
import { useEnvironment } from '../../environment.ts';
import { Throttle } from '../../state/throttle.ts';

const DEVELOPMENT_AT_MOST_EVERY_MS = 10_000;

/**
 * Asks for everything else about a peer again when its all-time figures change: for the figures of a range
 * at once or, where they are being asked for, after that; for history, growth and health at most every ten
 * seconds, and at once where other channels are listed.
 *
 * @param allTime the same object as long as nothing in it changes
 */
export function useFollow(peerId: string, allTime: ChannelStats | undefined): void {
  const { clock } = useEnvironment();
  const client = useQueryClient();
  const isRangeAsked = useIsFetching({ queryKey: rangeKey(peerId) }) > 0;
  const isRangeBehind = useRef(false);
  const seen = useRef<ChannelStats>(undefined);
  const development = useMemo(
    () =>
      new Throttle(
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
    const earlier = seen.current;
    seen.current = allTime;
    if (earlier === undefined || allTime === undefined || earlier === allTime) return;
    isRangeBehind.current = true;
    // A channel that came or went must not be in one card and not in another.
    if (listsTheSame(earlier, allTime)) development.ask();
    else development.now();
  }, [allTime, development]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other all-time figures leave the range behind.
  useEffect(() => {
    // Asking anew would call off a slow answer each time that the figures change, so that none ever came.
    if (isRangeAsked || !isRangeBehind.current) return;
    isRangeBehind.current = false;
    client.invalidateQueries({ queryKey: rangeKey(peerId) });
  }, [allTime, isRangeAsked, client, peerId]);
}

function listsTheSame(one: ChannelStats, other: ChannelStats): boolean {
  const ids = new Set(other.channels.map(({ channelId }) => channelId));
  return one.channels.length === ids.size && one.channels.every(({ channelId }) => ids.has(channelId));
}
