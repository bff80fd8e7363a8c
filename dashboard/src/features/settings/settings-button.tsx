import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { partQuery } from '../../api/part-query.ts';
import { useApi } from '../../api/session.tsx';
import { useMay } from '../../api/use-may.ts';
import { LoadBoundary } from '../../components/load-boundary.tsx';

/** Opens the settings of a peer, for those whose key may change them. For others it is not there. */
export function SettingsButton({ peerId }: { peerId: string }) {
  const [isOpen, setIsOpen] = useState(false);
  if (!useMay('channels:write', peerId)) return null;
  return (
    <>
      <Button variant="default" aria-haspopup="dialog" onClick={() => setIsOpen(true)}>
        Settings
      </Button>
      {isOpen && (
        <LoadBoundary what="The settings">
          <LoadedSettings peerId={peerId} onClose={() => setIsOpen(false)} />
        </LoadBoundary>
      )}
    </>
  );
}

function LoadedSettings(props: { peerId: string; onClose: () => void }) {
  const { data: part } = useQuery(
    // What few readers need is a file of its own.
    partQuery(useApi(), 'settings', () => import('./settings-dialog.tsx')),
  );
  return part === undefined ? null : <part.SettingsDialog {...props} />;
}
