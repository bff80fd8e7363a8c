import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Notice } from './notice.tsx';

export interface LoadBoundaryProps {
  /** What could not be shown, as the beginning of a sentence. */
  what: string;
  children: ReactNode;
}

/**
 * Keeps an error within a part of the page. The usual one is a script that is not there any more, because
 * the page is older than the service.
 */
export class LoadBoundary extends Component<LoadBoundaryProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <Notice tone="error" title={`${this.props.what} could not be loaded`}>
        <p>The service may have been updated since this page was opened.</p>
        <Button variant="default" size="xs" onClick={() => window.location.reload()}>
          Reload the page
        </Button>
      </Notice>
    );
  }
}
