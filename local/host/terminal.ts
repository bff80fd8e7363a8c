import { Presets, SingleBar } from 'cli-progress';
import type { SampleProgress } from '../sample/sample.ts';
import type { Host } from './host.ts';

/** Where the local host speaks to a person. */
export interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** What is said once the host serves: where, with which key, and lines to paste into a shell. */
export function welcome({ url, apiKey, dataFolder }: Pick<Host, 'url' | 'apiKey' | 'dataFolder'>): string {
  const authorization = shellQuoted(`Authorization: Bearer ${apiKey}`);
  const message = { messageId: 'message-1', conversationId: 'hello', channelId: 'direct', role: 'user' };
  return `Channel Usage Analytics serves at ${url}

  Dashboard  ${url}/ (asks for the API key)
  API key    ${apiKey}
  Log        ${dataFolder.logFile}

See how much a peer's channels are used:

curl -H ${authorization} ${shellQuoted(`${url}/api/v1/peer/peer_support/channel-stats`)}

Record a message, and see it there a moment later:

curl -H ${authorization} -H 'Content-Type: application/json' -d ${shellQuoted(JSON.stringify({ messages: [message] }))} ${shellQuoted(`${url}/api/v1/peer/peer_support/messages`)}

See which channels of a peer need attention:

curl -H ${authorization} ${shellQuoted(`${url}/api/v1/peer/peer_demo/channel-stats/health`)}

Ctrl-C stops.

`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Shows how the loading of the sample goes: a bar on a terminal, lines elsewhere. */
export function sampleProgress(terminal: Terminal): SampleProgress & { end(): void } {
  return terminal.isTTY === true ? progressBar() : progressLines(terminal);
}

function progressBar(): SampleProgress & { end(): void } {
  const bar = new SingleBar(
    { format: 'Loading the sample {bar} {value} of {total} messages {note}', stream: process.stdout },
    Presets.shades_classic,
  );
  return {
    begin: (total, sent) => bar.start(total, sent, { note: '' }),
    update: (sent) => bar.update(sent),
    waitForCounting: () => bar.update({ note: '(the last are being counted)' }),
    end: () => bar.stop(),
  };
}

function progressLines(terminal: Terminal): SampleProgress & { end(): void } {
  let total = 0;
  let quartersShown = 0;
  return {
    begin(all, sent) {
      total = all;
      quartersShown = Math.floor((4 * sent) / total);
      terminal.write(`Loading the sample: ${sent} of ${total} messages are sent\n`);
    },
    update(sent) {
      const quarters = Math.floor((4 * sent) / total);
      if (quarters > quartersShown) terminal.write(`Loading the sample: ${25 * quarters} % is sent\n`);
      quartersShown = quarters;
    },
    waitForCounting() {},
    end() {},
  };
}
