import { HOST_HEALTH } from '../sample/sample-status.ts';
import type { Host } from './host.ts';

/** What is said once the host serves: where, with which key, and lines to paste into a shell. */
export function welcome({
  url,
  apiKey,
  dataFolder,
  notice,
}: Pick<Host, 'url' | 'apiKey' | 'dataFolder' | 'notice'>): string {
  const authorization = shellQuoted(`Authorization: Bearer ${apiKey}`);
  const message = { messageId: 'message-1', conversationId: 'hello', channelId: 'direct', role: 'user' };
  return `Channel Usage Analytics serves at ${url}

  Dashboard  ${url}/ (asks for the API key)
  API key    ${apiKey}
  Log        ${dataFolder.logFile}
  Alerts     here, and in ${dataFolder.alertsFile}
${notice === undefined ? '' : `\n${notice}\n`}
See how much a peer's channels are used:

curl -H ${authorization} ${shellQuoted(`${url}/api/v1/peer/peer_support/channel-stats`)}

Record a message, and see it there a moment later:

curl -H ${authorization} -H 'Content-Type: application/json' -d ${shellQuoted(JSON.stringify({ messages: [message] }))} ${shellQuoted(`${url}/api/v1/peer/peer_support/messages`)}

See which channels of a peer need attention:

curl -H ${authorization} ${shellQuoted(`${url}/api/v1/peer/peer_demo/channel-stats/health`)}

Ctrl-C stops.

`;
}

/** What is said when the loading of the sample begins, before its progress is shown. */
export function sampleIsLoading({ url }: Pick<Host, 'url'>): string {
  return `The sample is loading, the newest days first. The commands above and the dashboard give what is counted
so far, and which channels need attention cannot be told before all is counted. How much that is:

curl ${shellQuoted(`${url}${HOST_HEALTH}`)}

`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
