import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { channelOf } from '../../functions/shared/domain/findings/findings.ts';
import { healthAnswer } from '../../functions/shared/domain/health.ts';
import { channelsAnswer } from '../../functions/shared/domain/registered-channel.ts';
import { DAY_MS, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { sampleMessages } from '../../local/sample/sample-messages.ts';
import {
  channelStats,
  cleanUp,
  hostHealth,
  postMessages,
  type RunningHost,
  startLocalHost,
  statsWith,
  temporaryFolder,
} from '../support/host/local-host.ts';
import { demoFindings } from '../support/usage/demo-findings.ts';

const run = promisify(execFile);
const SAMPLES = fileURLToPath(new URL('samples/', import.meta.url));

let host: RunningHost;
let samples: string;

// The sample is loaded once for all tests of this file, through two ends of the host without notice.
beforeAll(async () => {
  const dataFolder = await temporaryFolder();
  for (const said of [/\(0 %\)/, /\([1-9]\d* %\)/]) {
    const interrupted = await startLocalHost({ dataFolder });
    await interrupted.said(said);
    interrupted.process.kill('SIGKILL');
    await interrupted.exit;
  }
  host = await startLocalHost({ dataFolder });
  await host.said('is loaded');
  samples = await samplesAsking(host);
});

afterAll(cleanUp);

describe('the sample, loaded by a host that was killed on the way', () => {
  it('is loaded, says the host, with every message counted', async () => {
    const { sample } = await hostHealth(host);
    expect(sample).toMatchObject({ state: 'loaded', countedMessages: 30_310, messages: 30_310 });
  });

  it("has the document's figures for its support peer", async () => {
    const { channels, total } = await channelStats(host, 'peer_support');
    expect(
      channels.map(({ channelName, messageCount, conversationCount }) => [
        channelName,
        messageCount,
        conversationCount,
      ]),
    ).toEqual([
      ['WebChat', 8245, 485],
      ['Slack', 2890, 156],
      ['Email', 1120, 78],
      ['Direct/Web', 195, 12],
    ]);
    expect(total.messageCount).toBe(12_450);
  });

  it("has the document's figures for its HR peer", async () => {
    const { channels, total } = await channelStats(host, 'peer_hr');
    expect(
      channels.map(({ channelName, messageCount, conversationCount }) => [
        channelName,
        messageCount,
        conversationCount,
      ]),
    ).toEqual([
      ['Slack', 2950, 890],
      ['Direct/Web', 290, 45],
    ]);
    expect(total.messageCount).toBe(3_240);
  });

  it("gives the document's answer for peer_123", async () => {
    expect(await channelStats(host, 'peer_123')).toEqual({
      channels: [
        {
          channelId: 'integration_123',
          channelName: 'WebChat',
          galleryKey: 'webchat',
          conversationCount: 485,
          messageCount: 8245,
        },
        {
          channelId: 'integration_456',
          channelName: 'Slack Support',
          galleryKey: 'slack',
          conversationCount: 156,
          messageCount: 2890,
        },
        { channelId: 'direct', channelName: 'Direct/Web', conversationCount: 12, messageCount: 195 },
      ],
      total: { conversationCount: 653, messageCount: 11330 },
    });
  });

  it('has a peer of which health finds all that it can find of one', async () => {
    const { body, answeredOn } = await get('peer_demo/channel-stats/health');
    const { status, findings } = z.parse(healthAnswer, body);
    const now = await loadedAt();
    // All of it is found on the day of loading; some findings are others when midnight has come since.
    expect(findings.map((finding) => [finding.code, channelOf(finding)])).toEqual(
      demoFindings(sampleMessages(now), now, answeredOn),
    );
    expect(status).toBe('attention');
  });

  it('registers the channels of that peer, with one that was never used', async () => {
    const { body } = await get('peer_demo/channels');
    const { channels } = z.parse(channelsAnswer, body);
    expect(channels.map(({ channelId }) => channelId)).toEqual([
      'integration_discord',
      'integration_email',
      'integration_slack',
      'integration_telegram',
      'integration_webchat',
      'integration_whatsapp',
    ]);
    expect(channels[0]).toEqual({
      channelId: 'integration_discord',
      channelName: 'Discord',
      galleryKey: 'discord',
      status: 'enabled',
      registeredAt: new Date((await loadedAt()) - 30 * DAY_MS).toISOString(),
    });
  });
});

describe("the document's sample functions", () => {
  const shares = [
    'Total messages: 11330',
    'WebChat: 8245 (72.8%)',
    'Slack Support: 2890 (25.5%)',
    'Direct/Web: 195 (1.7%)',
    '',
  ].join('\n');

  it('give the right shares in JavaScript', async () => {
    expect(await runSample('shares.js')).toBe(shares);
  });

  it('give the right shares in Python', async () => {
    const sample = join(samples, 'get-channel-stats.py');
    const { stdout } = await run('python3', [sample], { env: await pythonEnvironment() });
    expect(stdout).toBe(shares);
  });

  it('find the channels that need resources', async () => {
    expect(await runSample('resource-allocation.js')).toBe(
      'High-traffic channels requiring monitoring:\n- WebChat: 8245 messages\n',
    );
  });

  it('compare how channels perform', async () => {
    expect(await runSample('performance-comparison.js')).toBe(
      [
        'Channel engagement levels:',
        'WebChat: 17.0 msgs/conv (High)',
        'Slack Support: 18.5 msgs/conv (High)',
        'Direct/Web: 16.3 msgs/conv (High)',
        '',
      ].join('\n'),
    );
  });

  it('track growth, from what they save', async () => {
    const file = join(await temporaryFolder(), 'saved.json');
    await writeFile(file, '[]');
    let recorded = 0;
    for (const [weeksBack, slack, email] of [
      ['5', 4, 0],
      ['2', 6, 9],
      ['1', 8, 4],
      ['0', 12, 3],
    ] as const) {
      await postMessages(host, 'peer_growing', [
        ...messagesOf('slack', weeksBack, slack),
        ...messagesOf('email', weeksBack, email),
      ]);
      recorded += slack + email;
      await statsWith(host, 'peer_growing', recorded);
      await runSample('growth-tracking.js', file, weeksBack);
    }
    // What was saved five weeks ago lies before the four weeks.
    expect(JSON.parse(await runSample('growth-tracking.js', file))).toEqual([
      { channelName: 'Slack', weekly: [8, 12], growth: ['50.0%'] },
      { channelName: 'Email', weekly: [4, 3], growth: ['-25.0%'] },
    ]);
  });

  it('alert of an inactive channel, and of one that nearly all depends on', async () => {
    expect(parsedLines(await runSample('health-monitoring.js', 'peer_demo'))).toEqual([
      [
        'Inactive channels detected',
        [
          {
            channelId: 'integration_discord',
            channelName: 'Discord',
            galleryKey: 'discord',
            conversationCount: 0,
            messageCount: 0,
            percentage: '0.0',
          },
        ],
      ],
      [
        'Heavy reliance on single channel',
        {
          channelId: 'integration_webchat',
          channelName: 'WebChat',
          galleryKey: 'webchat',
          conversationCount: 600,
          messageCount: 3000,
          percentage: '91.2',
        },
      ],
    ]);
  });

  it('alert of nothing where there is nothing unusual', async () => {
    expect(await runSample('health-monitoring.js', 'peer_support')).toBe('');
  });

  it('build the monthly report', async () => {
    const channel = (
      name: string,
      messages: number,
      conversations: number,
      avgMessagesPerConversation: string,
      marketShare: string,
    ) => ({ name, messages, conversations, avgMessagesPerConversation, marketShare });
    expect(JSON.parse(await runSample('monthly-report.js'))).toEqual({
      period: 'October 2025',
      peer: 'peer_support',
      overview: { totalMessages: 12450, totalConversations: 731, channelCount: 4 },
      channels: [
        channel('WebChat', 8245, 485, '17.0', '66.2%'),
        channel('Slack', 2890, 156, '18.5', '23.2%'),
        channel('Email', 1120, 78, '14.4', '9.0%'),
        channel('Direct/Web', 195, 12, '16.3', '1.6%'),
      ],
    });
  });

  it('export to an analytics platform', async () => {
    const channelUsage = (channel_name: string, message_count: number, conversation_count: number) => [
      'event',
      'channel_usage',
      { peer_id: 'peer_hr', channel_name, message_count, conversation_count },
    ];
    expect(parsedLines(await runSample('analytics-export.js'))).toEqual([
      [
        'event',
        'peer_channel_stats',
        { peer_id: 'peer_hr', total_messages: 3240, total_conversations: 935, channel_count: 2 },
      ],
      channelUsage('Slack', 2950, 890),
      channelUsage('Direct/Web', 290, 45),
    ]);
  });
});

const sampleState = z.object({ now: z.number() });

/** The instant that the sample's messages were made for. */
async function loadedAt(): Promise<number> {
  return z.parse(sampleState, JSON.parse(await readFile(join(host.dataFolder, 'sample.json'), 'utf8'))).now;
}

/** What the local host answers of a peer, with the UTC day of the answer. */
async function get(path: string): Promise<{ body: unknown; answeredOn: string }> {
  const response = await fetch(`${host.url}/api/v1/peer/${path}`, {
    headers: { authorization: `Bearer ${host.apiKey}` },
  });
  const answeredOn = dayOf(Date.parse(response.headers.get('date') ?? ''));
  return { body: await response.json(), answeredOn };
}

/** A folder with copies of the sample functions that ask a local host, with its API key. */
async function samplesAsking({ url, apiKey }: RunningHost): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const names = (await readdir(SAMPLES)).filter((name) => /\.(js|py)$/.test(name));
  for (const name of names) {
    const source = await readFile(join(SAMPLES, name), 'utf8');
    const filledIn = source.replaceAll('http://127.0.0.1:8787', url).replaceAll('your-api-key', apiKey);
    await writeFile(join(folder, name), filledIn);
  }
  return folder;
}

/** What a sample in JavaScript prints. */
async function runSample(name: string, ...options: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(samples, name), ...options]);
  return stdout;
}

function parsedLines(text: string): unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Messages of one conversation on a channel. */
function messagesOf(galleryKey: string, conversation: string, count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    messageId: `message-${index + 1}`,
    conversationId: `${galleryKey}-conversation-${conversation}`,
    channelId: `integration_${galleryKey}`,
    galleryKey,
    role: 'user',
  }));
}

/** Where the package `requests` is not installed, a shim takes its place, and the test says so. */
async function pythonEnvironment(): Promise<NodeJS.ProcessEnv> {
  const environment = { ...process.env };
  try {
    await run('python3', ['-c', 'import requests'], { env: environment });
    return environment;
  } catch {
    process.stderr.write('python3 has no package requests: the sample function runs with a shim\n');
    return { ...environment, PYTHONPATH: join(SAMPLES, 'without-requests'), PYTHONDONTWRITEBYTECODE: '1' };
  }
}
