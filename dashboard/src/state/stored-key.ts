/** Where the page keeps the reader's API key: for this tab, and until it is closed. */
export interface StoredKey {
  read(): string | undefined;
  write(key: string): void;
  forget(): void;
}

const NAME = 'channel-usage-analytics.api-key';

/** @param storage the session storage of the tab */
export function storedKey(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): StoredKey {
  return {
    read: () => storage.getItem(NAME) ?? undefined,
    write: (key) => storage.setItem(NAME, key),
    forget: () => storage.removeItem(NAME),
  };
}
