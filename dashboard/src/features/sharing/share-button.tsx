import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { loadPart } from '../../api/load-part.ts';
import { keyQuery, tryAccess } from '../../api/queries.ts';
import { useApi } from '../../api/session.tsx';

/** Shares the figures of a peer; nothing where the reader's key may not. */
export function ShareButton({ peerId }: { peerId: string }) {
  const api = useApi();
  const [isOpen, setIsOpen] = useState(false);
  const { data: key } = useQuery(keyQuery(api));
  const mayShare =
    key?.scopes.includes('shares:write') === true && (key.peers === 'all' || key.peers.includes(peerId));
  const { data: part } = useQuery({
    queryKey: ['share-dialog'],
    queryFn: ({ signal }) =>
      loadPart(
        () => import('./share-dialog.tsx'),
        () => tryAccess(api, signal),
      ),
    enabled: isOpen,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  if (!mayShare) return null;
  return (
    <>
      <Button
        variant="default"
        size="sm"
        aria-haspopup="dialog"
        loading={isOpen && part === undefined}
        onClick={() => setIsOpen(true)}
      >
        Share
      </Button>
      {isOpen && part !== undefined && <part.ShareDialog peerId={peerId} onClose={() => setIsOpen(false)} />}
    </>
  );
}
