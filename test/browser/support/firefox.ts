import puppeteer, { type Browser } from 'puppeteer-core';

/** Where Debian installs it. `FIREFOX` names another one. */
const DEBIAN_FIREFOX = '/usr/bin/firefox-esr';

/** Starts Firefox, without a window, and speaks WebDriver BiDi with it. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env['FIREFOX'] ?? DEBIAN_FIREFOX,
    headless: true,
    // A page in other languages has other words for numbers and days.
    extraPrefsFirefox: { 'intl.accept_languages': 'en-US' },
    defaultViewport: { width: 1280, height: 900 },
  });
}
