import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';

/** A reader with a browser of its own: nothing is shared with others, and all that goes wrong is seen. */
export interface Visitor {
  context: BrowserContext;
  /** Opens a tab. @param path from the origin on, with `/` first */
  open(path?: string): Promise<Page>;
  /**
   * Says what the console shows because a test wants it to: texts that errors hold, such as `status of 401` for
   * a request that fails. That it is not shown is a problem then.
   */
  expectInConsole(...texts: string[]): void;
  /** A text that may be in no address and no message of the console. */
  keepSecret(secret: string): void;
}

/** Eleven hours behind: a UTC day that is written in local time would be the day before. */
const TIME_ZONE = 'Pacific/Pago_Pago';

/** Long for a step of a reader, and short for whoever waits for a test that fails. */
const STEP_WITHIN_MS = 60_000;

interface WatchedVisitor extends Visitor {
  problems(): string[];
}

let launched: Promise<Browser> | undefined;
const visitors: WatchedVisitor[] = [];

/** Makes a visitor of the pages of one origin. */
export async function newVisitor(origin: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  launched ??= launchChromium();
  const browser = await launched;
  const context = await browser.newContext({
    baseURL: origin,
    locale: 'en-US',
    timezoneId: TIME_ZONE,
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(STEP_WITHIN_MS);
  const visitor = await watched(context, origin);
  visitors.push(visitor);
  return visitor;
}

/** Sends all visitors home. @returns what went wrong for them, one sentence each */
export async function sendVisitorsHome(): Promise<string[]> {
  const problems: string[] = [];
  for (const visitor of visitors.splice(0)) {
    await visitor.context.close();
    problems.push(...visitor.problems());
  }
  return problems;
}

/** Ends the browser. */
export async function closeBrowser(): Promise<void> {
  const browser = await launched;
  launched = undefined;
  await browser?.close();
}

async function watched(context: BrowserContext, origin: string): Promise<WatchedVisitor> {
  const problems: string[] = [];
  const expected = new Set<string>();
  const seen = new Set<string>();
  const said: string[] = [];
  const secrets: string[] = [];

  // An error that nobody catches is seen below, whatever the console says of the violation.
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      throw new Error(`the content security policy forbids ${effectiveDirective} ${blockedURI}`);
    });
  });
  context.on('console', (message) => {
    said.push(message.text());
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const reason = [...expected].find((text) => message.text().includes(text));
    if (reason !== undefined) seen.add(reason);
    else problems.push(`the console shows: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => problems.push(`an error was not caught: ${error.error().stack}`));
  context.on('page', (page) => page.on('crash', () => problems.push('a tab crashed')));
  context.on('request', (request) => {
    const url = new URL(request.url());
    said.push(request.url());
    const isOwn = url.origin === origin || url.protocol === 'data:' || url.protocol === 'blob:';
    if (!isOwn) problems.push(`another origin was asked: ${request.url()}`);
  });

  return {
    context,
    async open(path = '/') {
      const page = await context.newPage();
      await page.goto(path);
      return page;
    },
    expectInConsole: (...texts) => {
      for (const text of texts) expected.add(text);
    },
    keepSecret: (secret) => secrets.push(secret),
    problems: () => [
      ...problems,
      ...[...expected].filter((text) => !seen.has(text)).map((text) => `the console does not show: ${text}`),
      ...secrets.flatMap((secret) =>
        said.filter((text) => text.includes(secret)).map((text) => `a secret was told: ${text}`),
      ),
    ],
  };
}
