/** Where the page keeps a key: for this tab, and until it is closed. */
export interface StoredKey {
  read(): string | undefined;
  write(key: string): void;
  forget(): void;
}

/** The reader's own key, and that of a share link. Neither takes the place of the other. */
const NAMES = {
  own: 'channel-usage-analytics.api-key',
  shared: 'channel-usage-analytics.shared-key',
};

/**
 * Where the browser lets no page store anything, the key lasts as long as the page.
 *
 * @param storageOf gives the session storage of the tab; throws where there is none to be had
 */
export function storedKey(
  storageOf: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  whose: keyof typeof NAMES = 'own',
): StoredKey {
  const name = NAMES[whose];
  let storage: ReturnType<typeof storageOf>;
  try {
    storage = storageOf();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return { read: () => undefined, write: () => {}, forget: () => {} };
  }
  return {
    read: () => storage.getItem(name) ?? undefined,
    write: (key) => storage.setItem(name, key),
    forget: () => storage.removeItem(name),
  };
}
