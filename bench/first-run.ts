import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { addDays, dayOf } from '../functions/shared/domain/utc-day.ts';
import { sampleMessages } from '../local/sample/sample-messages.ts';
import {
  cleanUp,
  hostHealth,
  type RunningHost,
  startLocalHost,
  temporaryFolder,
  until,
} from '../test/support/host/local-host.ts';

// npm run bench:first-run: how long the first start takes to show its sample, and what that takes of the machine
// (Linux). It says something only where nothing else runs.

const NEWEST_DAYS = 7;
/** In which Linux counts the time of processes. */
const TICKS_PER_SECOND = 100;

const totals = z.object({ total: z.object({ messageCount: z.number() }) });

try {
  const startedAt = performance.now();
  const say = (what: string) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`${seconds.padStart(6)} s  ${what}\n`);
  };
  const dataFolder = await temporaryFolder();
  const host = await startLocalHost({ dataFolder });
  say('the service answers');
  const { messages } = await until(async () => {
    const { sample } = await hostHealth(host);
    return sample.countedMessages > 0 ? sample : undefined;
  });
  say('the first messages are counted');
  await newestDays(host);
  say(`the newest ${NEWEST_DAYS} days are counted`);
  await until(async () => {
    const { sample } = await hostHealth(host);
    if (sample.state === 'failed') throw new Error('the sample could not be loaded');
    return sample.countedMessages === messages || sample.state === 'loaded' ? sample : undefined;
  });
  say(`all ${messages} messages are counted`);
  await until(async () => ((await hostHealth(host)).sample.state === 'loaded' ? true : undefined));
  say('all days that are over are sealed');
  for (const [name, processId] of processesOf(host)) {
    const { cpuSeconds, peakMegabytes } = usageOf(processId);
    process.stdout.write(`${name}: ${cpuSeconds.toFixed(1)} s of CPU, ${peakMegabytes} MB at most\n`);
  }
} finally {
  await cleanUp();
}

/** Waits until the figures of the newest days hold all of the sample's messages in them. */
async function newestDays({ url, apiKey, dataFolder }: RunningHost): Promise<void> {
  const state = z.parse(
    z.object({ now: z.int() }),
    JSON.parse(await readFile(join(dataFolder, 'sample.json'), 'utf8')),
  );
  const from = addDays(dayOf(state.now), 1 - NEWEST_DAYS);
  const expected = sampleMessages(state.now).filter(
    ({ body }) => body.role === 'user' && dayOf(Date.parse(body.sentAt)) >= from,
  );
  for (const [peerId, { length }] of Map.groupBy(expected, (message) => message.peerId)) {
    await until(async () => {
      const target = `${url}/api/v1/peer/${peerId}/channel-stats?from=${from}&to=${dayOf(state.now)}`;
      const response = await fetch(target, { headers: { authorization: `Bearer ${apiKey}` } });
      return z.parse(totals, await response.json()).total.messageCount >= length ? true : undefined;
    });
  }
}

/** The process of the host and that of its database. */
function processesOf({ process: { pid: hostId } }: RunningHost): [name: string, processId: number][] {
  if (hostId === undefined) return [];
  const found: [string, number][] = [['the host', hostId]];
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = statOf(Number(name));
    if (stat !== undefined) parents.set(Number(name), stat.parent);
  }
  for (const [processId, parent] of parents) {
    if (parents.get(parent) !== hostId) continue;
    if (statOf(processId)?.name === 'dynoxide') found.push(['the embedded DynamoDB', processId]);
  }
  return found;
}

function usageOf(processId: number): { cpuSeconds: number; peakMegabytes: number } {
  const [, kilobytes = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, 'utf8')) ?? [];
  const cpuSeconds = (statOf(processId)?.ticks ?? 0) / TICKS_PER_SECOND;
  return { cpuSeconds, peakMegabytes: Math.round(Number(kilobytes) / 1024) };
}

/** What Linux tells of a process; nothing where it has ended. */
function statOf(processId: number): { name: string; parent: number; ticks: number } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name, in brackets, may hold spaces.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const name = stat.slice(stat.indexOf('(') + 1, end);
  return { name, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}
