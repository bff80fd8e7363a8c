import { Button } from '@mantine/core';
import type { ViewLink } from '../../state/view-link.ts';
import { ColorSchemeToggle } from './color-scheme-toggle.tsx';
import './page-header.css';
import { PeerChooser } from './peer-chooser.tsx';

export interface PageHeaderProps {
  peerId: string | undefined;
  /** Where all peers are; nothing for a key that reads one. */
  overview: ViewLink | undefined;
  onPeer: (peerId: string) => void;
  onForgetKey: () => void;
}

/** The top of the page: whose figures these are. */
export function PageHeader({ peerId, overview, onPeer, onForgetKey }: PageHeaderProps) {
  return (
    <header className="page-header">
      <div className="page-header-content">
        <div className="page-header-start">
          <h1>Channel Usage Analytics</h1>
          {overview !== undefined && <a {...overview}>All peers</a>}
        </div>
        <PeerChooser peerId={peerId} onPeer={onPeer} />
        <div className="page-header-buttons">
          <ColorSchemeToggle />
          <Button variant="default" size="sm" onClick={onForgetKey}>
            Forget key
          </Button>
        </div>
      </div>
    </header>
  );
}
