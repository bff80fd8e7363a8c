/**
 * Loads a part of the page that is a file of its own.
 *
 * @param load tries to load it
 * @param tryAccess fails where the service cannot be reached
 * @throws what `tryAccess` throws: the part can be had when that passes; or what `load` throws although the
 * service can be reached: the part is not there any more
 */
export async function loadPart<Part>(
  load: () => Promise<Part>,
  tryAccess: () => Promise<void>,
): Promise<Part> {
  try {
    return await load();
  } catch {
    // Browsers do not tell why. What this one says counts where it says so again.
    await tryAccess();
    return await load();
  }
}
