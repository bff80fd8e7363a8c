import { expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { startLocalHost, statsWith, temporaryFolder } from '../support/host/local-host.ts';
import { serverThat } from '../support/sending/server.ts';
import { launchChromium } from './support/chromium.ts';
import { record } from './support/hosts.ts';

// The web component on a page of another origin, with an embed token and no proxy.

const PEER = 'peer_shop';

const tokenAnswer = z.object({ token: z.string(), expiresAt: z.string() });

it('shows figures to a page of a named origin, and to no other', async () => {
  let service = '';
  let apiKey = '';
  let tokensGiven = 0;
  const page = `<!doctype html><title>Shop</title><script src="SERVICE/channel-usage.js" defer></script>
    <channel-usage peer="${PEER}" token-src="/token"></channel-usage>`;
  const answers: Parameters<typeof serverThat>[0] = async (request, response) => {
    if (request.url !== '/token') {
      response.setHeader('content-type', 'text/html').end(page.replace('SERVICE', service));
      return;
    }
    tokensGiven += 1;
    const made = await fetch(`${service}/api/v1/peer/${PEER}/embed-tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: '{}',
    });
    response.end(JSON.stringify(tokenAnswer.parse(await made.json())));
  };
  const [shop, other] = [await serverThat(answers), await serverThat(answers)];
  const options = ['--no-sample', '--cors-origin', shop];
  const host = await startLocalHost({ dataFolder: await temporaryFolder(), options });
  [service, apiKey] = [host.url, host.apiKey];
  await record(host, PEER, [{ channelId: 'direct' }, { channelId: 'direct' }]);
  await statsWith(host, PEER, 2);

  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const tab = await browser.newPage();
  const asked: string[] = [];
  tab.on('request', (request) => {
    if (request.url().includes('/channel-stats')) asked.push(request.url());
  });
  await tab.goto(shop);
  const shown = tab.locator('channel-usage');
  await shown.getByText('2 messages').waitFor();
  expect(tokensGiven).toBe(1);
  expect(asked[0]).toBe(`${service}/api/v1/peer/${PEER}/channel-stats?include=percentage`);

  await tab.goto(other);
  await shown.getByText(/cannot be reached|not available|again/i).waitFor();
  expect(await shown.getByText('2 messages').count()).toBe(0);
});
