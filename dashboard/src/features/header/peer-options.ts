import { isFoundBy, type ListedPeer } from '../../../../functions/shared/domain/peer-directory.ts';

/** What a chooser of peers offers. */
export interface PeerOptions {
  /** Peers that are there: the one that was typed, then those that were opened last, then the others. */
  known: string[];
  /** When each was active last, by its id, where that is known. */
  days: ReadonlyMap<string, string | null>;
  /** What was typed, where it is none of them: to be opened by its id alone. */
  typed?: string;
}

/**
 * What to offer to somebody who typed something.
 *
 * @param peers an answer, which may be that to something typed before
 * @param recent peers that were there when they were opened, the last one first
 */
export function peerOptions(
  typed: string,
  peers: readonly ListedPeer[],
  recent: readonly string[],
): PeerOptions {
  const days = new Map(peers.map(({ peerId, lastActiveDay }) => [peerId, lastActiveDay]));
  const found = [...new Set([...recent, ...days.keys()])].filter((peerId) => isFoundBy(typed, peerId));
  const isKnown = found.includes(typed);
  const known = isKnown ? [typed, ...found.filter((peerId) => peerId !== typed)] : found;
  return { known, days, ...(!isKnown && typed !== '' && { typed }) };
}
