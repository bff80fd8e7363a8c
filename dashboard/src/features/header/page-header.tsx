import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ColorSchemeToggle } from './color-scheme-toggle.tsx';
import './page-header.css';
import { PeerChooser } from './peer-chooser.tsx';

export interface PageHeaderProps {
  peerId: string | undefined;
  onPeer: (peerId: string) => void;
  onForgetKey: () => void;
  /** What can be done with what is shown. */
  actions?: ReactNode;
}

/** The top of the page: whose figures these are. */
export function PageHeader({ peerId, onPeer, onForgetKey, actions }: PageHeaderProps) {
  return (
    <header className="page-header">
      <div className="page-header-content">
        <h1>Channel Usage Analytics</h1>
        <PeerChooser peerId={peerId} onPeer={onPeer} />
        <div className="page-header-buttons">
          {actions}
          <ColorSchemeToggle />
          <Button variant="default" size="sm" onClick={onForgetKey}>
            Forget key
          </Button>
        </div>
      </div>
    </header>
  );
}
