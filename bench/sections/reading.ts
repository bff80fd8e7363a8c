import { addDays, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { PeerDirectoryStore } from '../../functions/shared/store/peer-directory-store.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { LargePeer } from '../large-peer.ts';
import { AskedService } from '../measure/asked-service.ts';
import type { Usage } from '../measure/clients.ts';
import { median, noiseNote, quantile, type Ratio, ratioOf } from '../measure/statistics.ts';
import { short, table } from '../measure/table.ts';
import { PlainReader } from '../peers/plain-reader.ts';
import type { Section } from './section.ts';

const TODAY: UtcDay = '2026-11-22';
const CHANNELS = [5, 50, 200];
const STORED_DAYS = 391;
const SHORTER_DAYS = 30;
const MOST_WEEKS = 52;
/** So often each is asked, or as often as there is time for, and a few times at least. */
const REQUESTS = { most: 200, least: 15, forMs: 2_000 };
const QUICK: typeof REQUESTS = { most: 2, least: 2, forMs: 0 };
const LISTED_PEERS = 50;

/** A question, as it is asked. */
export interface Question {
  name: string;
  target: string;
}

/** An answer beside the bare calls of the same items. */
interface Compared {
  channels: number;
  name: string;
  usage: Usage;
  answeredBytes: number;
  /** Milliseconds, by round. */
  ours: number[];
  bare: number[];
}

const ofPeer = (path: string) => `/api/v1/peer/${LargePeer.peerId}/channel-stats${path}`;

/** The questions about so many days. */
function questionsOfDays(days: number, interval: 'day' | 'week'): Question[] {
  const range = `from=${addDays(TODAY, 1 - days)}&to=${TODAY}`;
  // Each week is compared with the one before it.
  const weeks = Math.min(MOST_WEEKS, Math.floor(days / 7));
  return [
    { name: `channel-stats, ${days} days`, target: ofPeer(`?${range}`) },
    {
      name: `history by ${interval}, ${days} days`,
      target: ofPeer(`/history?${range}&interval=${interval}`),
    },
    { name: `growth, ${weeks} weeks`, target: ofPeer(`/growth?weeks=${weeks}`) },
  ];
}

/** The questions, of which those about days are asked about few and about many. */
export const QUESTIONS: readonly Question[] = [
  { name: 'channel-stats, all-time', target: ofPeer('') },
  ...questionsOfDays(SHORTER_DAYS, 'day'),
  ...questionsOfDays(STORED_DAYS, 'week'),
  { name: 'report of a month', target: ofPeer('/report?period=2026-10') },
  { name: 'health', target: ofPeer('/health') },
  { name: 'trust', target: ofPeer('/trust') },
  { name: 'peers', target: '/api/v1/peers' },
];

/** Asks a question time and again, each time beside the bare calls of the same items. */
async function compare(
  service: AskedService,
  plain: PlainReader,
  { name, target }: Question,
  channels: number,
  { most, least, forMs }: typeof REQUESTS,
): Promise<Compared> {
  const { usage, sent } = await service.callsOf(target);
  const [ours, bare]: [number[], number[]] = [[], []];
  let answeredBytes = await service.ask(target);
  await plain.read(sent);
  const endsAt = performance.now() + forMs;
  while (ours.length < least || (ours.length < most && performance.now() < endsAt)) {
    ours.push(
      await msOf(async () => {
        answeredBytes = await service.ask(target);
      }),
    );
    bare.push(await msOf(() => plain.read(sent)));
  }
  return { channels, name, usage, answeredBytes, ours, bare };
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function comparedAt(
  database: TestDatabase,
  channels: number,
  requests: typeof REQUESTS,
): Promise<Compared[]> {
  const { dependencies } = await LargePeer.store(database, channels, STORED_DAYS);
  const { client, settings } = dependencies;
  const directory = new PeerDirectoryStore({ client, tableName: settings.usageTableName });
  for (let peer = 0; peer < LISTED_PEERS; peer += 1) await directory.add(`peer_${peer}`);
  const service = await AskedService.begin(database, settings, `${TODAY}T12:00:00.000Z`);
  const plain = new PlainReader(database);
  const compared: Compared[] = [];
  for (const question of QUESTIONS) {
    compared.push(await compare(service, plain, question, channels, requests));
  }
  service.end();
  plain.end();
  return compared;
}

/** With fewer than a hundred rounds nearly the latest of all. */
const late = (times: readonly number[]) => quantile(times, 0.99);

function row({ channels, name, usage, answeredBytes, ours, bare }: Compared, ratio: Ratio): string[] {
  return [
    name,
    `${channels}`,
    `${ours.length}`,
    `${short(ratio.median)}×`,
    `${short(late(ours) / late(bare))}×`,
    `${usage.calls}`,
    `${usage.readUnits}`,
    kilobytes(usage.receivedBytes),
    kilobytes(answeredBytes),
    `${short(median(ours))} / ${short(median(bare))}`,
    `${short(late(ours))} / ${short(late(bare))}`,
  ];
}

const kilobytes = (bytes: number) => (bytes / 1_000).toFixed(1);

const INTRODUCTION =
  `Each question is asked of a process that has answered before, of a peer whose channels were used on each of ` +
  `${STORED_DAYS} days, and beside it the calls that it makes are sent once more by the SDK's plain document client, ` +
  'which unmarshalls the items and does nothing with them. So calls, units and bytes that are read are the same, and ' +
  'the ratio says what it takes to check the key, to compute the figures and to write the answer. ' +
  'Requests come one behind another, without API Gateway.';

export const reading: Section = {
  name: 'reading',
  title: 'Reading',
  async run({ database, isQuick }) {
    const requests = isQuick ? QUICK : REQUESTS;
    const compared: Compared[] = [];
    for (const channels of isQuick ? CHANNELS.slice(0, 1) : CHANNELS) {
      compared.push(...(await comparedAt(database, channels, requests)));
    }
    const ratios = compared.map(({ ours, bare }) => ratioOf(ours, bare));
    const rows = compared.flatMap((each, index) => {
      const ratio = ratios[index];
      return ratio === undefined ? [] : [row(each, ratio)];
    });
    const head = [
      ...[
        'question',
        'channels',
        'times',
        'median, to bare calls',
        'p99, to bare calls',
        'calls',
        'read units',
      ],
      ...['KB read', 'KB answered', 'median, ms: ours / bare', 'p99, ms: ours / bare'],
    ];
    return [INTRODUCTION, table(head, rows), noiseNote(ratios)].join('\n\n');
  },
};
