import { fromKeyPart, type Key, keyPart, peerPartition } from './keys.ts';

const PREFIX = 'USAGE#CHANNEL#';

/** The key of a channel with its totals. */
export function channelKey(peerId: string, channelId: string): Key {
  return { pk: peerPartition(peerId), sk: `${PREFIX}${keyPart(channelId)}` };
}

/** What the sort keys of all of a peer's channels begin with. */
export function channelRange(peerId: string): { pk: string; prefix: string } {
  return { pk: peerPartition(peerId), prefix: PREFIX };
}

/** Whether a sort key is a channel's, rather than a daily counter's. */
export function isChannelSortKey(sk: string): boolean {
  return sk.startsWith(PREFIX);
}

/** The channel that a sort key is of. */
export function channelOfSortKey(sk: string): string {
  return fromKeyPart(sk.slice(PREFIX.length));
}
