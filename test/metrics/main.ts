import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { runCommand } from '../clients/command.ts';
import { pythonWithPackages } from '../clients/tools.ts';
import {
  channelStats,
  cleanUp,
  postMessages,
  type RunningHost,
  startLocalHost,
  statsWith,
  temporaryFolder,
} from '../support/host/local-host.ts';
import { type Query, queriesOfPage, queriesOfPanels, scrapeConfiguration } from './dashboard.ts';
import { type Found, Prometheus } from './prometheus.ts';

// Metrics as others read them: the official parser of OpenMetrics, and a Prometheus that scrapes the local host by the
// configuration of the example, and answers every query of its dashboard and of the documentation.

const PEERS = ['peer_support', 'peer "b" \\n {x="1"}', 'עמית'];
const CHANNELS = [
  { channelId: 'direct' },
  { channelId: 'integration_1', channelName: 'He said "hi" \\', galleryKey: 'slack' },
  { channelId: 'ערוץ-1', channelName: 'ערוץ התמיכה 🦓', galleryKey: 'web\\chat' },
];

/** What variables of Grafana stand for here. */
const VARIABLES = { peer: '.*', __interval: '4s', __range: '1h' };
const STEP_SECONDS = 4;

/** An alert: what is inside is there, also where it finds nothing because all is well. */
const ALERT = /^absent\((.*)\)\s*$|^(.*) > \d+\s*$/s;

const parsedFamilies = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    unit: z.string(),
    samples: z.array(
      z.object({ name: z.string(), labels: z.record(z.string(), z.string()), value: z.number() }),
    ),
  }),
);
type Families = z.output<typeof parsedFamilies>;

try {
  const host = await startLocalHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
  await record(host, 1, 4);
  await say('the official parser reads what was scraped, twice, and finds the figures', () => parse(host));
  await say('Prometheus scrapes by the configuration of the example, and answers every query', () =>
    scrape(host),
  );
} finally {
  await cleanUp();
}

async function say(step: string, run: () => Promise<string>): Promise<void> {
  process.stdout.write(`${step}: ${await run()}\n`);
}

/** Records messages of all peers on all channels, more on each channel than on the one before, and waits until they count. */
async function record(host: RunningHost, first: number, last: number): Promise<void> {
  for (const peerId of PEERS) {
    const messages = CHANNELS.flatMap((channel, index) =>
      Array.from({ length: (last - first + 1) * (index + 1) }, (_, number) => ({
        ...channel,
        messageId: `m-${first}-${number}`,
        conversationId: `k-${index}-${number % 2}`,
        role: 'user',
      })),
    );
    const { status } = await postMessages(host, encodeURIComponent(peerId), messages);
    assert.equal(status, 200);
    await statsWith(host, encodeURIComponent(peerId), last * 6);
  }
}

/** Scrapes, and reads what comes by the official parser. */
async function scraped(host: RunningHost): Promise<Families> {
  const answer = await fetch(`${host.url}/api/v1/metrics`, {
    headers: { authorization: `Bearer ${host.apiKey}` },
  });
  assert.equal(
    answer.headers.get('content-type'),
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  );
  const file = join(await temporaryFolder(), 'metrics.txt');
  await writeFile(file, await answer.text());
  const said = await runCommand(await pythonWithPackages(), [join(import.meta.dirname, 'parse.py'), file], {
    cwd: import.meta.dirname,
    env: { PYTHONIOENCODING: 'utf-8' },
  });
  return parsedFamilies.parse(JSON.parse(said));
}

function samplesOf(families: Families, name: string) {
  return families.flatMap(({ samples }) => samples).filter((sample) => sample.name === name);
}

async function parse(host: RunningHost): Promise<string> {
  const before = await scraped(host);
  assert.deepEqual(
    before.map(({ name, type, unit }) => [name, type, unit].join(' ').trim()),
    [
      'channel_usage_messages counter messages',
      'channel_usage_conversations counter conversations',
      'channel_usage_channel info',
      'channel_usage_warnings gauge',
      'channel_usage_not_counted_messages gauge messages',
      'channel_usage_counted_through_timestamp_seconds gauge seconds',
      'channel_usage_counting_lag_seconds gauge seconds',
    ],
  );
  await agrees(host, before);
  await record(host, 5, 9);
  const after = await scraped(host);
  await agrees(host, after);
  const counters = samplesOf(after, 'channel_usage_messages_total');
  for (const { labels, value } of counters) {
    const earlier = samplesOf(before, 'channel_usage_messages_total').find(
      (sample) => sample.labels['peer'] === labels['peer'] && sample.labels['channel'] === labels['channel'],
    );
    const place = CHANNELS.findIndex(({ channelId }) => channelId === labels['channel']);
    assert.deepEqual([earlier?.value, value], [4 * (place + 1), 9 * (place + 1)]);
  }
  return `${after.reduce((sum, { samples }) => sum + samples.length, 0)} series`;
}

/** Whether the samples are the figures and the names that the API answers, letter for letter. */
async function agrees(host: RunningHost, families: Families): Promise<void> {
  const expected = {
    messages: new Set<string>(),
    conversations: new Set<string>(),
    names: new Set<string>(),
  };
  for (const peer of PEERS) {
    for (const channel of (await channelStats(host, encodeURIComponent(peer))).channels) {
      const { channelId, channelName, galleryKey, messageCount, conversationCount } = channel;
      expected.messages.add(JSON.stringify([peer, channelId, messageCount]));
      expected.conversations.add(JSON.stringify([peer, channelId, conversationCount]));
      expected.names.add(JSON.stringify([peer, channelId, channelName, galleryKey, 'enabled']));
    }
  }
  const counted = (name: string) =>
    new Set(
      samplesOf(families, name).map(({ labels: { peer, channel }, value }) =>
        JSON.stringify([peer, channel, value]),
      ),
    );
  const names = samplesOf(families, 'channel_usage_channel_info').map(
    ({ labels: { peer, channel, name, kind, status } }) =>
      JSON.stringify([peer, channel, name, kind, status]),
  );
  assert.deepEqual(counted('channel_usage_messages_total'), expected.messages);
  assert.deepEqual(counted('channel_usage_conversations_total'), expected.conversations);
  assert.deepEqual(new Set(names), expected.names);
}

async function scrape(host: RunningHost): Promise<string> {
  const keyFile = join(await temporaryFolder(), 'channel-usage.key');
  await writeFile(keyFile, `${host.apiKey}\n`);
  const prometheus = await Prometheus.start(await scrapeConfiguration(new URL(host.url).host, keyFile));
  try {
    const sum = 'sum(channel_usage_messages_total)';
    await prometheus.eventually(() => prometheus.query(`${sum} == ${PEERS.length * 9 * 6}`));
    await record(host, 10, 12);
    await prometheus.eventually(() => prometheus.query(`${sum} == ${PEERS.length * 12 * 6}`));
    assert.deepEqual(await prometheus.scrapeErrors(), []);
    await isExact(prometheus);
    const queries = [...queriesOfPanels(VARIABLES), ...(await queriesOfPage('docs/how-to/metrics.md'))];
    for (const query of queries) await answers(prometheus, query);
    return `${queries.length} queries`;
  } finally {
    await prometheus.stop();
  }
}

/** Whether what came in since the first scrape is told as it is, by what the documentation says. */
async function isExact(prometheus: Prometheus): Promise<void> {
  const [, increase] = await queriesOfPage('docs/how-to/metrics.md');
  assert.ok(increase);
  const found = await prometheus.query(increase.expression);
  for (const { metric, value } of found) {
    const place = CHANNELS.findIndex(({ channelId }) => channelId === metric['channel']);
    assert.deepEqual([metric['peer'], value?.[1]], [metric['peer'], `${3 * (place + 1)}`]);
  }
  assert.equal(found.length, PEERS.length * CHANNELS.length);
}

/** Fails where a query is none, or names what is not there; an alert is one where all is well. */
async function answers(prometheus: Prometheus, { of, expression, isRange }: Query): Promise<void> {
  assert.ok(!expression.includes('$'), `${of} has a variable that stands for nothing: ${expression}`);
  const [isAlert, absent, compared] = ALERT.exec(expression) ?? [];
  const ask = (asked: string): Promise<Found> =>
    isRange ? prometheus.queryRange(asked, STEP_SECONDS) : prometheus.query(asked);
  if (isAlert !== undefined) assert.deepEqual(await ask(expression), [], `${of}: ${expression}`);
  const found = await prometheus.eventually(() => ask(absent ?? compared ?? expression));
  assert.ok(found.length > 0, `${of}: ${expression}`);
}
