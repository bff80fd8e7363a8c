import type { Page } from 'playwright-core';
import type { UserMessage } from '../functions/shared/domain/message.ts';
import { addDays, startOf, type UtcDay } from '../functions/shared/domain/utc-day.ts';
import { countIntoHost } from '../test/browser/support/count-into-host.ts';
import { openDashboard } from '../test/browser/support/dashboard-page.ts';
import { startEmptyHost } from '../test/browser/support/hosts.ts';
import { closeBrowser, newVisitor, sendVisitorsHome } from '../test/browser/support/visitors.ts';
import { cleanUp } from '../test/support/host/local-host.ts';

// npm run bench:overview-scrolling: whether the overview scrolls smoothly with a thousand peers. A frame every 16.7 ms is
// 60 a second, which is as many as the browser draws.

const PEERS = 1_000;
const DAYS = 28;
const PIXELS_A_FRAME = 40;

try {
  const host = await startEmptyHost();
  await countIntoHost(host.dataFolder, messagesOfMany);
  const page = await openDashboard(await newVisitor(host.url), host.apiKey);
  const startedAt = performance.now();
  const rows = page.locator('.overview tbody tr');
  await rows.first().waitFor();
  say(`the first rows are there after ${(performance.now() - startedAt).toFixed(0)} ms`);
  while ((await rows.count()) < PEERS) {
    await page.keyboard.press('End');
    await page.waitForTimeout(100);
  }
  say(`${await rows.count()} rows are there after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  const frames = (await framesOfScrolling(page)).sort((a, b) => a - b);
  const at = (share: number) => (frames[Math.floor(share * (frames.length - 1))] ?? 0).toFixed(1);
  say(
    `${frames.length} frames from the first to the last row: half within ${at(0.5)} ms, 95 % within ${at(0.95)} ms`,
  );
  say(`${frames.filter((each) => each > 25).length} of them late, the longest ${at(1)} ms`);
} finally {
  for (const problem of await sendVisitorsHome()) process.stderr.write(`${problem}\n`);
  await closeBrowser();
  await cleanUp();
}

/** A message every fourth day of each peer: what is drawn of a peer does not depend on how many they are. */
function messagesOfMany(today: UtcDay): UserMessage[] {
  return Array.from({ length: PEERS }, (_, peer) => `peer_${String(peer).padStart(4, '0')}`).flatMap(
    (peerId) =>
      Array.from({ length: DAYS / 4 }, (_, number) => ({
        peerId,
        channelId: 'webchat',
        conversationId: `${number % 3}`,
        messageId: `${number}`,
        sentAt: startOf(addDays(today, -1 - 4 * number)) + number,
      })),
  );
}

/** How long each frame took while the page was scrolled from its top to its end, in milliseconds. */
function framesOfScrolling(page: Page): Promise<number[]> {
  return page.evaluate(
    (pixels) =>
      new Promise<number[]>((resolve) => {
        const frames: number[] = [];
        let last: number | undefined;
        window.scrollTo(0, 0);
        const step = (now: number) => {
          if (last !== undefined) frames.push(now - last);
          last = now;
          const isOver = window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 1;
          if (isOver) return resolve(frames);
          window.scrollBy(0, pixels);
          requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
    PIXELS_A_FRAME,
  );
}

function say(what: string): void {
  process.stdout.write(`${what}\n`);
}
