import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { METRIC } from '../../functions/shared/runtime/metric-names.ts';
import { startEmbeddedDynamoDB } from '../../local/database/embedded-dynamodb.ts';
import { LOCAL_ENVIRONMENT } from '../../local/database/local-database.ts';
import { failedBatchesFolderOf } from '../../local/host/data-folder.ts';
import {
  channelStats,
  cleanUp,
  type RunningHost,
  startLocalHost,
  temporaryFolder,
} from '../support/host/local-host.ts';
import { Random } from '../support/random.ts';
import { FaultyProxy, OUTAGES, type Outage } from './faulty-proxy.ts';
import { PEERS, Sender } from './sender.ts';

// npm run test:outage [-- --minutes N --seed S]: records messages over HTTP while the database of the local
// host is down in every way, for so many minutes, and expects that everything accepted is counted exactly
// afterwards, without a hand.

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Older than records may become, so that some are given up as if the outage had lasted that long. */
const AGEING_SECONDS = 13 * 3_600;
/** Before the records' creation, even where that is made older. */
const SENT_BEFORE_MS = 14 * HOUR_MS;
const ACCEPTED_WITHIN_MS = MINUTE_MS;
/** Feeding back pauses for at most as long as the outage has lasted, and a little more. */
const COUNTED_WITHIN_MS = 3 * MINUTE_MS;
const STOPPED_WITHIN_MS = 45_000;
const LOOK_EVERY_MS = 500;

const minutes = z.coerce.number().positive().max(60);
const wholeNumber = z.coerce.number().int().nonnegative();

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
});
const options = z.object({ minutes, seed: wholeNumber }).safeParse(values);
if (options.success) {
  process.exitCode = await main(options.data.minutes * MINUTE_MS, options.data.seed);
} else {
  process.stderr.write('--minutes must be a number above 0, and --seed a whole number from 0 on\n');
  process.exitCode = 2;
}

async function main(outageMs: number, seed: number): Promise<number> {
  const dataFolder = await temporaryFolder();
  const database = await startEmbeddedDynamoDB({
    databaseFile: join(await temporaryFolder(), 'database.sqlite'),
  });
  const proxy = new FaultyProxy({
    endpoint: database.endpoint,
    usageTable: LOCAL_ENVIRONMENT.USAGE_TABLE,
    random: new Random(seed),
    ageingSeconds: AGEING_SECONDS,
  });
  try {
    await proxy.start();
    const host = await startLocalHost({
      dataFolder,
      options: ['--no-sample', '--dynamodb-endpoint', proxy.url],
    });
    return await drill({ host, proxy, outageMs, seed });
  } finally {
    await cleanUp();
    await proxy.stop();
    await database.stop();
  }
}

interface Drill {
  host: RunningHost;
  proxy: FaultyProxy;
  outageMs: number;
  seed: number;
}

async function drill({ host, proxy, outageMs, seed }: Drill): Promise<number> {
  print(`an outage of ${seconds(outageMs)}, from the seed ${seed}`);
  const { url, apiKey, dataFolder } = host;
  const sender = new Sender({
    url,
    apiKey,
    random: new Random(seed + 1),
    sentFrom: Date.now() - SENT_BEFORE_MS,
  });
  const sending = sender.run();
  await breakDown(proxy, outageMs, new Random(seed + 2));
  const atHealing = { ...(await countedOf(host, sender)), accepted: sender.accepted };
  const healedAt = performance.now();
  sender.end(ACCEPTED_WITHIN_MS);
  await sending;
  const acceptedAfter = performance.now() - healedAt;
  const isExact = await waitUntilExact(host, sender, healedAt + outageMs + COUNTED_WITHIN_MS);
  const countedAfter = performance.now() - healedAt;
  const figures = await countedOf(host, sender);
  const waiting = await readdir(failedBatchesFolderOf(dataFolder));
  const stop = await stopWhileHanging(host, proxy);
  const metrics = await metricsOf(dataFolder);
  const givenUp = metrics['OnFailureDestinationDeliveredEventCount'] ?? 0;
  const redriven = metrics[METRIC.batchesTaken] ?? 0;

  print(`messages made               ${sender.made}`);
  print(`messages accepted           ${sender.accepted} (${atHealing.accepted} during the outage)`);
  print(`counted when it healed      ${atHealing.messages}`);
  print(`counted in the end          ${figures.messages}`);
  print(`requests by their answers   ${table(sender.answers)}`);
  print(`requests that met an outage ${table(proxy.met)}`);
  print(`records given up            ${givenUp}`);
  print(`batches fed back            ${redriven}`);
  print(`records counted again       ${metrics[METRIC.messagesDuplicate] ?? 0}, recognised as duplicates`);
  print(`all accepted after          ${seconds(acceptedAfter)}`);
  print(`all counted after           ${seconds(countedAfter)}`);
  print(`stopped while it hangs      ${stop === undefined ? 'no' : seconds(stop.afterMs)}`);

  const unknown = [...sender.answers.keys()].filter((answer) => answer !== '200' && answer !== '503');
  const said = stop?.stderr ?? '';
  return report([
    ['everything was accepted in the end', sender.accepted === sender.made && sender.rejected.length === 0],
    ['what was not accepted was answered with 503', unknown.length === 0],
    ['everything accepted is counted, and nothing else', isExact && figures.problems.length === 0],
    ['nothing was quarantined', (metrics[METRIC.recordsQuarantined] ?? 0) === 0],
    ['records were given up', givenUp > 0],
    ['what was given up was fed back', redriven > 0 && waiting.length === 0],
    ['the terminal said so', / given up: /.test(said) && / fed back\n/.test(said)],
    ['every kind of outage was met', [...proxy.met.values()].every((times) => times > 0)],
    ['a host whose database hangs stops', stop?.code === 0],
  ]);
}

/**
 * Lets the database be down in one way after the other, with a breath between two of them, and then be well
 * again. What is recorded before the first of them is given up in it.
 */
async function breakDown(proxy: FaultyProxy, outageMs: number, random: Random): Promise<void> {
  const endsAt = performance.now() + outageMs;
  const rest = async (milliseconds: number) => {
    await pause(Math.max(0, Math.min(endsAt - performance.now(), milliseconds)));
  };
  let outages: readonly Outage[] = ['refusing counts'];
  proxy.ageing = 1;
  while (performance.now() < endsAt) {
    for (const outage of outages) {
      await proxy.become(undefined);
      await rest(random.integer(500, 1_500));
      await proxy.become(outage);
      await rest(random.integer(1_000, 6_000));
    }
    outages = random.shuffled(OUTAGES);
    proxy.ageing = 0.3;
  }
  proxy.ageing = 0;
  await proxy.become(undefined);
}

/** What is counted, and where that is not what was accepted. */
async function countedOf(
  host: RunningHost,
  sender: Sender,
): Promise<{ messages: number; problems: string[] }> {
  const problems: string[] = [];
  let messages = 0;
  for (const peerId of PEERS) {
    const { channels, total } = await channelStats(host, peerId);
    messages += total.messageCount;
    const found = new Map(channels.map((channel) => [`${peerId} ${channel.channelId}`, channel]));
    const names = [...sender.expected.keys()].filter((name) => name.startsWith(`${peerId} `));
    for (const name of new Set([...names, ...found.keys()])) {
      const channel = found.get(name);
      const expected = sender.expected.get(name);
      const [counted, accepted] = [
        [channel?.messageCount ?? 0, channel?.conversationCount ?? 0],
        [expected?.messages ?? 0, expected?.conversations.size ?? 0],
      ];
      if (counted.join() !== accepted.join()) {
        problems.push(`${name}: counted ${counted.join(', ')}, accepted ${accepted.join(', ')}`);
      }
    }
  }
  return { messages, problems };
}

/** Looks until everything accepted is counted, and all that was given up is gone. */
async function waitUntilExact(host: RunningHost, sender: Sender, deadline: number): Promise<boolean> {
  for (;;) {
    const { problems } = await countedOf(host, sender);
    const waiting = await readdir(failedBatchesFolderOf(host.dataFolder));
    if (problems.length === 0 && waiting.length === 0) return true;
    if (performance.now() > deadline) {
      for (const problem of problems) print(problem);
      print(`batches that wait to be fed back: ${waiting.length}`);
      return false;
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** Asks the host to stop while its database never answers; gives nothing where it does not. */
async function stopWhileHanging(host: RunningHost, proxy: FaultyProxy) {
  const from = performance.now();
  await proxy.become('hanging');
  // So that calls are under way whose answers never come.
  await pause(LOOK_EVERY_MS);
  host.process.kill('SIGTERM');
  const exit = await Promise.race([host.exit, pause(STOPPED_WITHIN_MS, undefined, { ref: false })]);
  return exit === undefined ? undefined : { ...exit, afterMs: performance.now() - from };
}

/** The metrics that the host adds up, and logs when it stops. */
async function metricsOf(dataFolder: string): Promise<Record<string, number>> {
  const line = z.looseObject({ message: z.string(), metrics: z.record(z.string(), z.number()).optional() });
  const log = await readFile(join(dataFolder, 'host.log'), 'utf8');
  const lines = log
    .trim()
    .split('\n')
    .map((text) => line.parse(JSON.parse(text)));
  return lines.findLast(({ message }) => message === 'stopped')?.metrics ?? {};
}

function report(checks: readonly (readonly [what: string, isRight: boolean])[]): number {
  const failed = checks.filter(([, isRight]) => !isRight);
  for (const [what] of failed) print(`failed: ${what}`);
  print(`${checks.length - failed.length} passed, ${failed.length} failed`);
  return failed.length > 0 ? 1 : 0;
}

function table(numbers: ReadonlyMap<string, number>): string {
  return [...numbers].map(([name, number]) => `${name}: ${number}`).join(', ');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
