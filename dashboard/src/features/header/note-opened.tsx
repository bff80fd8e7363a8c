import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { usageQuery } from '../../api/queries.ts';
import { useApi, usePoll } from '../../api/session.tsx';
import { useEnvironment } from '../../environment.ts';

/** Remembers that the reader opened a peer, as soon as it is known to be there. */
export function NoteOpened({ peerId }: { peerId: string }) {
  const { recentPeers } = useEnvironment();
  const { data: isThere = false } = useQuery({
    ...usageQuery(useApi(), usePoll(), peerId, undefined),
    select: ({ channels }) => channels.length > 0,
  });
  useEffect(() => {
    if (isThere) recentPeers.add(peerId);
  }, [isThere, peerId, recentPeers]);
  return null;
}
