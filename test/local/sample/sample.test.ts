import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Message } from '../../../functions/shared/domain/message.ts';
import { dayOf } from '../../../functions/shared/domain/utc-day.ts';
import { loadSample, type SampleOptions } from '../../../local/sample/sample.ts';
import type { SampleStatus } from '../../../local/sample/sample-status.ts';
import { HostError } from '../../../local/support/host-error.ts';
import { cleanUp, temporaryFolder } from '../../support/host/local-host.ts';
import { serverThat } from '../../support/sending/server.ts';

afterEach(cleanUp);

const NOW = Date.parse('2026-11-22T10:00:00Z');
const USER_MESSAGES = 30_310;

/** A service that has counted a message as soon as it is stored, and no more than it may. */
async function service(mayCount = Number.POSITIVE_INFINITY) {
  const stored: Message[] = [];
  const url = await serverThat((request, response) => {
    const peerId = /\/peer\/([^/]+)\//.exec(request.url ?? '')?.[1];
    const counts = new Map<string, number>();
    for (const message of stored.slice(0, mayCount)) {
      if (message.peerId !== peerId || message.role !== 'user') continue;
      counts.set(message.channelId, (counts.get(message.channelId) ?? 0) + 1);
    }
    const channels = [...counts].map(([channelId, messageCount]) => ({
      channelId,
      channelName: channelId,
      messageCount,
      conversationCount: 0,
    }));
    response.end(JSON.stringify({ channels, total: { messageCount: 0, conversationCount: 0 } }));
  });
  return { url, stored };
}

async function optionsWith(url: string, putAllIfNew: SampleOptions['messages']['putAllIfNew']) {
  const told: Partial<SampleStatus>[] = [];
  let now = NOW;
  const options: SampleOptions = {
    url,
    apiKey: 'key',
    stateFile: join(await temporaryFolder(), 'sample.json'),
    messages: { putAllIfNew },
    channels: {
      register: async (_, channelId, registeredAt) => ({
        isNew: true,
        channel: { channelId, number: 1, status: 'enabled', registeredAt },
      }),
    },
    isEmpty: true,
    clock: () => now,
    pause: async (milliseconds) => {
      // A minute without any progress is over soon.
      now += 100 * milliseconds;
      await setImmediate();
    },
    status: { update: (changed) => told.push(changed) },
    showProgress: () => ({ update() {}, note() {}, end() {} }),
    stop: new AbortController().signal,
  };
  return { options, told };
}

test('the sample tells from its beginning how many messages of how many are counted', async () => {
  const { url, stored } = await service();
  const { options, told } = await optionsWith(url, async (messages) => {
    stored.push(...messages);
    await setImmediate();
  });
  expect(await loadSample(options)).toBe(USER_MESSAGES);
  expect(told[0]).toEqual({
    state: 'loading',
    messages: USER_MESSAGES,
    peers: expect.arrayContaining(['peer_support', 'peer_demo']),
  });
  const counted = told.slice(1).map(({ countedMessages }) => countedMessages ?? Number.NaN);
  expect(counted).toEqual([...counted].sort((a, b) => a - b));
  expect(counted.at(-1)).toBe(USER_MESSAGES);
});

test('the newest day is stored first, and the batches that are stored at a time are neighbours', async () => {
  const { url, stored } = await service();
  const { options } = await optionsWith(url, async (messages) => {
    stored.push(...messages);
  });
  await loadSample(options);
  const started = new Map<string, string>();
  for (const { peerId, conversationId, sentAt } of [...stored].sort((a, b) => a.sentAt - b.sentAt)) {
    const name = `${peerId} ${conversationId}`;
    if (!started.has(name)) started.set(name, dayOf(sentAt));
  }
  const days = stored.map(({ peerId, conversationId }) => started.get(`${peerId} ${conversationId}`) ?? '');
  expect(days).toEqual([...days].sort().reverse());
});

test('a sample that cannot be stored ends as a failure, and is not waited for', async () => {
  const { url } = await service();
  const { options } = await optionsWith(url, async () => {
    throw new Error('broken');
  });
  await expect(loadSample(options)).rejects.toThrow('broken');
});

test('a sample that is stored and not counted ends as a failure that says how much is missing', async () => {
  const { url, stored } = await service(200);
  const { options } = await optionsWith(url, async (messages) => {
    stored.push(...messages);
  });
  const loaded = loadSample(options);
  await expect(loaded).rejects.toThrow(HostError);
  await expect(loaded).rejects.toThrow(/^\d+ messages of the sample were not counted/);
});
