import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  channelStats,
  cleanUp,
  type RunningHost,
  startLocalHost,
  temporaryFolder,
  until,
} from '../support/local-host.ts';

const run = promisify(execFile);
const SAMPLES = fileURLToPath(new URL('samples/', import.meta.url));
const LOADED_WITHIN_LOOKS = 4_800;

let host: RunningHost;

// The sample is loaded once for all tests of this file, through two ends of the host without notice.
beforeAll(async () => {
  const dataFolder = await temporaryFolder();
  for (const said of ['0 of', '25 %']) {
    const interrupted = await startLocalHost({ dataFolder });
    await until(() => (interrupted.output().includes(said) ? true : undefined), LOADED_WITHIN_LOOKS);
    interrupted.process.kill('SIGKILL');
    await interrupted.exit;
  }
  host = await startLocalHost({ dataFolder });
  await until(() => (host.output().includes('is loaded') ? true : undefined), LOADED_WITHIN_LOOKS);
}, 300_000);

afterAll(cleanUp);

describe('the sample, loaded by a host that was killed on the way', () => {
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
    const { stdout } = await run(process.execPath, [await withBaseUrl('get-channel-stats.js', '.mjs')]);
    expect(stdout).toBe(shares);
  });

  it('give the right shares in Python', async () => {
    const sample = await withBaseUrl('get-channel-stats.py', '.py');
    const { stdout } = await run('python3', [sample], { env: await pythonEnvironment() });
    expect(stdout).toBe(shares);
  });
});

/** A copy of a sample function that asks the local host, with its API key. */
async function withBaseUrl(name: string, extension: string): Promise<string> {
  const source = await readFile(join(SAMPLES, name), 'utf8');
  const copy = join(await temporaryFolder(), `sample${extension}`);
  await writeFile(
    copy,
    source.replaceAll('http://127.0.0.1:8787', host.url).replaceAll('your-api-key', host.apiKey),
  );
  return copy;
}

/** Where the package `requests` is not installed, a stand-in takes its place, and the test says so. */
async function pythonEnvironment(): Promise<NodeJS.ProcessEnv> {
  const environment = { ...process.env };
  try {
    await run('python3', ['-c', 'import requests'], { env: environment });
    return environment;
  } catch {
    process.stderr.write('python3 has no package requests: the sample function runs with a stand-in\n');
    return { ...environment, PYTHONPATH: join(SAMPLES, 'without-requests'), PYTHONDONTWRITEBYTECODE: '1' };
  }
}
