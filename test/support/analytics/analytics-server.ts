import { buffer } from 'node:stream/consumers';
import { serverThat } from '../sending/server.ts';
import { ANALYTICS_STREAM, type FakeGoogleAnalytics } from './fake-google-analytics.ts';
import { type FakeMixpanel, MIXPANEL_ACCOUNT } from './fake-mixpanel.ts';

/** Puts fakes on a server of this machine, which ends with the test. @returns its address */
export function analyticsServer(mixpanel: FakeMixpanel, analytics: FakeGoogleAnalytics): Promise<string> {
  return serverThat(async (request, response) => {
    const { url: path = '', headers: given } = request;
    const body = await buffer(request);
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const isImport = path.startsWith('/import');
    const url = new URL(path, isImport ? MIXPANEL_ACCOUNT.url : ANALYTICS_STREAM.url).href;
    const answer = (isImport ? mixpanel : analytics).answer(url, { headers, body, timeoutMs: 0 });
    response.writeHead(answer.status).end(answer.status === 204 ? '' : answer.body);
  });
}
