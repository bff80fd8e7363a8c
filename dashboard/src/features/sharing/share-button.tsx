import { Button } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiClient } from '../../api/api-client.ts';
import { loadPart } from '../../api/load-part.ts';
import { keyQuery, tryAccess } from '../../api/queries.ts';
import { useApi } from '../../api/session.tsx';
import { LoadBoundary } from '../../components/load-boundary.tsx';

/** Shares the figures of a peer. It is not there for those whose key may not. */
export function ShareButton({ peerId }: { peerId: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const { data: key } = useQuery(keyQuery(useApi()));
  const mayShare =
    key?.scopes.includes('shares:write') && (key.peers === 'all' || key.peers.includes(peerId));
  if (mayShare !== true) return null;
  return (
    <>
      <Button variant="default" aria-haspopup="dialog" onClick={() => setIsOpen(true)}>
        Share
      </Button>
      {isOpen && (
        <LoadBoundary what="Sharing">
          <LoadedDialog peerId={peerId} onClose={() => setIsOpen(false)} />
        </LoadBoundary>
      )}
    </>
  );
}

function LoadedDialog(props: { peerId: string; onClose: () => void }) {
  const { data: part } = useQuery(dialogPart(useApi()));
  return part === undefined ? null : <part.ShareDialog {...props} />;
}

/** What few readers need is a file of its own. */
function dialogPart(api: ApiClient) {
  return queryOptions({
    queryKey: ['share-dialog-part'],
    queryFn: ({ signal }) =>
      loadPart(
        () => import('./share-dialog.tsx'),
        () => tryAccess(api, signal),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    throwOnError: true,
  });
}
