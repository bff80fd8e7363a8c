/** The other windows and tabs of this browser in which the same API key was entered. */
export interface OtherPages {
  /** Tells all of them something. @param message what can be cloned */
  tell(message: unknown): void;
  /** Says what is to be done with whatever one of them tells, which may be anything. */
  onTold(hear: (message: unknown) => void): void;
  /** Tells and hears nothing from now on. */
  close(): void;
}

/**
 * Finds the other pages that have the same key. The key itself is told to nobody: pages meet under the name of
 * a hash of it, so that a page with another key hears nothing.
 *
 * @returns nothing where the browser offers no hashes, as on a page without HTTPS, or keeps its pages apart
 */
export async function otherPages(apiKey: string): Promise<OtherPages | undefined> {
  // The types say that hashes are there, and browsers have them for secure pages alone.
  const { subtle }: { subtle?: typeof crypto.subtle } = crypto;
  if (subtle === undefined) return undefined;
  const hash = await subtle.digest('SHA-256', new TextEncoder().encode(`answers for the key ${apiKey}`));
  const name = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
  let pages: InstanceType<typeof BroadcastChannel>;
  try {
    pages = new BroadcastChannel(name);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return undefined;
  }
  return {
    tell: (message) => pages.postMessage(message),
    onTold: (hear) => {
      pages.onmessage = ({ data }: { data: unknown }) => hear(data);
    },
    close: () => pages.close(),
  };
}
