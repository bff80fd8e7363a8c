/** Where the page keeps the reader's API key: for this tab, and until it is closed. */
export interface StoredKey {
  read(): string | undefined;
  write(key: string): void;
  forget(): void;
}

const NAME = 'channel-usage-analytics.api-key';

/**
 * Where the browser lets no page store anything, the key lasts as long as the page.
 *
 * @param storageOf gives the session storage of the tab; throws where there is none to be had
 */
export function storedKey(storageOf: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): StoredKey {
  let storage: ReturnType<typeof storageOf>;
  try {
    storage = storageOf();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return { read: () => undefined, write: () => {}, forget: () => {} };
  }
  return {
    read: () => storage.getItem(NAME) ?? undefined,
    write: (key) => storage.setItem(NAME, key),
    forget: () => storage.removeItem(NAME),
  };
}
