/** The part of an address that holds the key of a share link. */
const KEY = /^#key=(.*)$/;

/** What an address has behind its `#`, and what it is without the key. */
export interface SharedAddress {
  /** The key of a share link; nothing where there is none. */
  key: string | undefined;
  /** The address without it; nothing where it is not to be changed. */
  left: string | undefined;
}

/**
 * Takes the key of a share link out of an address.
 *
 * @param hash with its `#`
 */
export function sharedAddress({
  pathname,
  search,
  hash,
}: Record<'pathname' | 'search' | 'hash', string>): SharedAddress {
  const [, text] = KEY.exec(hash) ?? [];
  if (text === undefined) return { key: undefined, left: undefined };
  return { key: isSendable(text) ? text : undefined, left: `${pathname}${search}` };
}

/** What is no key is not kept; that it is none, the page says as of any that does not work. */
function isSendable(text: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(text);
}
