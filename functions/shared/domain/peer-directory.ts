import * as z from 'zod/mini';
import { component, described } from './described.ts';

/** A peer in the directory of peers. */
const listedPeer = component(
  'ListedPeer',
  'A peer that has channels.',
  z.object({
    peerId: described(z.string(), 'The peer.'),
    lastActiveDay: described(
      z.nullable(z.iso.date()),
      'The latest day (UTC) on which a message of a user was sent; `null` where none ever was.',
    ),
  }),
);
export type ListedPeer = z.output<typeof listedPeer>;

/** One page of a list of peers. */
export const peersAnswer = component(
  'PeerList',
  'One page of peers.',
  z.object({
    peers: described(
      z.array(listedPeer),
      'In the order of the UTF-8 bytes of `peerId`, except that `#` comes directly before `%`.',
    ),
    cursor: described(
      z.nullable(z.string()),
      'Asks for the next page; `null` on the last one. What is in it is not to be relied on.',
    ),
  }),
);

/** Whether something is anywhere in the id of a peer, whatever the case of its letters. */
export function isFoundBy(search: string, peerId: string): boolean {
  return peerId.toLowerCase().includes(search.toLowerCase());
}

/** Which of the directory's peers to list. */
export interface DirectorySelection {
  /** What their ids begin with; all of them, where it is empty. */
  prefix: string;
  /** What is anywhere in their ids, whatever its case; all of them, where it is empty or left out. */
  search?: string;
  /** The peer behind which the list begins; without one it begins with the first. */
  after?: string;
  /** How many at most. */
  limit: number;
}

/**
 * The directory of the peers that had messages counted or channels registered. Peers are in the order of
 * their ids by UTF-8 bytes, except that `#` comes directly before `%`.
 */
export interface PeerDirectory {
  /** Lists peers. */
  list(selection: DirectorySelection): Promise<ListedPeer[]>;
  /** The proof key of a peer, 32 bytes; nothing where no message of it was ever counted. */
  proofKey(peerId: string): Promise<Uint8Array | undefined>;
  /** Lists those of some peers that are in the directory. */
  listAmong(peerIds: Iterable<string>, selection: DirectorySelection): Promise<ListedPeer[]>;
}
