import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { type ReadView, readView, type View, writeView } from './view.ts';

/** What is looked at, and how to look at something else. */
export interface ViewState extends ReadView {
  /**
   * Changes a part of the view, and the address with it.
   *
   * @param how `push` lets the Back button return to what was shown before, `replace` does not
   */
  change: (part: Partial<View>, how: 'push' | 'replace') => void;
  /** Goes to another view altogether, which the Back button returns from. */
  go: (view: View) => void;
}

/** The view that the page's address names. */
export function useView(): ViewState {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  const read = useMemo(() => readView(search), [search]);
  const change = useCallback((part: Partial<View>, how: 'push' | 'replace') => {
    // Of the address as it is now: another change may have come in between.
    const { view } = readView(window.location.search);
    show({ ...view, ...part }, how);
  }, []);
  const go = useCallback((view: View) => show(view, 'push'), []);
  return useMemo(() => ({ ...read, change, go }), [read, change, go]);
}

function show(view: View, how: 'push' | 'replace'): void {
  const { pathname, search: before } = window.location;
  const address = `${pathname}${writeView(view)}`;
  if (address === `${pathname}${before}`) return;
  if (how === 'push') window.history.pushState(null, '', address);
  else window.history.replaceState(null, '', address);
  window.dispatchEvent(new Event(CHANGED));
}

/** The browser tells of the Back button, and not of what the page does to its address itself. */
const CHANGED = 'view-changed';

function subscribe(changed: () => void): () => void {
  window.addEventListener('popstate', changed);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener('popstate', changed);
    window.removeEventListener(CHANGED, changed);
  };
}
