import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { partQuery } from '../../api/part-query.ts';
import { useApi } from '../../api/session.tsx';
import { useMay } from '../../api/use-may.ts';
import { LoadBoundary } from '../../components/load-boundary.tsx';

/** Shares the figures of a peer. It is not there for those whose key may not. */
export function ShareButton({ peerId }: { peerId: string }) {
  const [isOpen, setIsOpen] = useState(false);
  if (!useMay('shares:write', peerId)) return null;
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
  const { data: part } = useQuery(
    // What few readers need is a file of its own.
    partQuery(useApi(), 'sharing', () => import('./share-dialog.tsx')),
  );
  return part === undefined ? null : <part.ShareDialog {...props} />;
}
