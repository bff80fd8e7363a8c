import { type Browser, chromium } from 'playwright-core';

/** Where Debian installs it. `CHROMIUM` names another one. */
const DEBIAN_CHROMIUM = '/usr/bin/chromium';

/** Starts Chromium, without a window. @param options those of its command line */
export function launchChromium(options: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    args: [...options],
    executablePath: process.env['CHROMIUM'] ?? DEBIAN_CHROMIUM,
    // Root has no sandbox to be put into.
    chromiumSandbox: process.getuid?.() !== 0,
  });
}
