import { Button, CloseButton } from '@mantine/core';
import { useState } from 'react';
import { PeerChooser } from '../header/peer-chooser.tsx';

export interface WithPeerProps {
  withPeerId: string | undefined;
  /** Called with another peer, or with nothing where there is to be none beside the first. */
  onWith: (peerId: string | undefined) => void;
}

/** Chooses a peer to be seen beside the first one. */
export function WithPeer({ withPeerId, onWith }: WithPeerProps) {
  const [isChoosing, setIsChoosing] = useState(false);
  if (withPeerId === undefined && !isChoosing) {
    return (
      <Button variant="default" onClick={() => setIsChoosing(true)}>
        Compare with another peer
      </Button>
    );
  }
  return (
    <div className="with-peer">
      <PeerChooser
        label="Compare with"
        peerId={withPeerId}
        hasFocusAtFirst={withPeerId === undefined}
        onPeer={onWith}
      />
      <CloseButton
        aria-label="Compare no more"
        title="Compare no more"
        onClick={() => {
          setIsChoosing(false);
          if (withPeerId !== undefined) onWith(undefined);
        }}
      />
    </div>
  );
}
