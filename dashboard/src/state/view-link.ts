import type { MouseEvent } from 'react';
import { type View, writeView } from './view.ts';

/** What a link to a view of this page is made of. */
export interface ViewLink {
  href: string;
  onClick: (event: MouseEvent<HTMLAnchorElement>) => void;
}

/** A link to a view: it is shown in its place, or in a tab of its own where that is how the reader opens it. */
export function viewLink(view: View, go: (view: View) => void): ViewLink {
  return {
    // The page's own address, whatever path it is below.
    href: writeView(view) || '?',
    onClick: (event) => {
      const isElsewhere =
        event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
      if (isElsewhere) return;
      event.preventDefault();
      go(view);
      window.scrollTo(0, 0);
    },
  };
}
