import { sharedAddress } from './state/shared-key.ts';

// The key of a share link comes behind the `#` of the address. It leaves the address, and the entry of the history,
// before anything is asked for or shown.

function take(): string | undefined {
  const { key, left } = sharedAddress(window.location);
  if (left !== undefined) window.history.replaceState(null, '', left);
  return key;
}

/** The key of the share link that was opened; nothing where it was none. */
export const takenKey = take();

// A link that differs from the open page in nothing else loads no page: the browser only says that the part behind the
// `#` is another.
window.addEventListener('hashchange', () => {
  const { left } = sharedAddress(window.location);
  if (left !== undefined) window.location.reload();
});
