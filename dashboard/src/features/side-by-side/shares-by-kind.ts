import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { percentageOf } from '../../../../functions/shared/domain/channel-stats.ts';
import { kindNameOf } from '../../../shared/channel-icons.ts';

/** The shares of a kind of channels, one for each peer. */
export interface KindShares {
  kind: string;
  /** In percent with one decimal; nothing where a peer has no such channel. */
  shares: (number | undefined)[];
}

/**
 * The messages of several peers by kind of channel, which is what their channels have in common: ids and names are
 * each peer's own. The kinds with the highest share of any peer come first.
 */
export function sharesByKind(peers: readonly (ChannelStats | undefined)[]): KindShares[] {
  const sums = peers.map((stats) => {
    const byKind = Map.groupBy(stats?.channels ?? [], kindNameOf);
    return new Map(
      [...byKind].map(([kind, channels]) => {
        const messages = channels.reduce((total, { messageCount }) => total + messageCount, 0);
        return [kind, percentageOf(messages, stats?.total.messageCount ?? 0)] as const;
      }),
    );
  });
  const kinds = [...new Set(sums.flatMap((byKind) => [...byKind.keys()]))];
  return kinds
    .map((kind) => ({ kind, shares: sums.map((byKind) => byKind.get(kind)) }))
    .sort((one, other) => highest(other) - highest(one) || (one.kind < other.kind ? -1 : 1));
}

function highest({ shares }: KindShares): number {
  return Math.max(...shares.map((share) => share ?? 0));
}
