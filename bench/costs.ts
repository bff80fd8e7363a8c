import type { Message, UserMessage } from '../functions/shared/domain/message.ts';
import { messageItem } from '../functions/shared/store/items/message.ts';
import { startTestDatabase, type TestDatabase } from '../test/support/database/database.ts';
import { storedBytes } from '../test/support/database/item-size.ts';
import { Random } from '../test/support/random.ts';
import { DailyLife, monthOfLife } from './daily-life.ts';
import { readUnitsByQuestion } from './read-units.ts';
import { dayOfManyPeers, writeUnitsAround, writeUnitsPerMessage } from './write-units.ts';

// npm run bench:costs: the tables of docs/costs.md. What things take is measured here; what they cost is in PRICES.

/** In USD, on demand in us-east-1, without free allowances; docs/costs.md says where they come from. */
const PRICES = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  gigabyteMonth: 0.25,
  recoveryGigabyteMonth: 0.2,
  infrequentWriteUnit: 0.78e-6,
  infrequentGigabyteMonth: 0.1,
  apiRequest: 1e-6,
  invocation: 0.2e-6,
  gigabyteSecond: 13.3334e-6,
};

const DAYS_A_MONTH = 30;
const GIGABYTE = 2 ** 30;
const SECONDS_A_DAY = 86_400;
const MESSAGE_DAYS = 400;
const COUNTER_DAYS = 460;
/** How often each peer's figures are asked for, each time those of 30 days. */
const ANSWERS_A_PEER_AND_DAY = 100;
/** Not measured: how long a function runs, in seconds, with its memory in gigabytes. */
const ASSUMED_SECONDS = 0.1;
const MEMORY_GIGABYTES = 0.5;

/** A message whose ids are as long as UUIDs. */
export const TYPICAL_MESSAGE: Message = {
  peerId: 'peer_support',
  conversationId: 'c'.repeat(36),
  messageId: 'm'.repeat(36),
  channelId: 'integration_webchat',
  role: 'user',
  sentAt: Date.parse('2026-11-22T10:00:00.123Z'),
};

/** What happens on a day, on average. */
interface Day {
  name: string;
  peers: number;
  /** Channels with a message, those of all peers together. */
  channels: number;
  messages: number;
  conversations: number;
}

/** What each thing takes: write units, read units and stored bytes. */
interface Measured {
  message: { written: number; read: number; bytes: number; evidenceBytes: number };
  conversation: { bytes: number };
  channelsDay: { opening: number; sealing: number; evidenceBytes: number; figureBytes: number };
  peersDay: { opening: number; sealing: number; sealingRead: number };
  answerRead: number;
}

async function measure(database: TestDatabase): Promise<Measured> {
  const [one, four] = [await writeUnitsAround(database, 1), await writeUnitsAround(database, 4)];
  const { openingPeersDay, openingChannelsDay = 0 } = four;
  const sealingChannel = (four.sealing - one.sealing) / 3;
  const month = await monthOfLife(database, 3, 17);
  const busy = await DailyLife.begin(database, 1, 270);
  await busy.countOneByOne('2026-11-22');
  const evidence = { few: month.stored.evidence / 3, many: (await busy.storedBytes()).evidence };
  const evidenceBytes = (evidence.many - evidence.few) / (270 - 17);
  const asked = await DailyLife.begin(database, 4, 60);
  await asked.live('2026-11-19', '2026-11-21');
  await asked.count('2026-11-22');
  return {
    message: {
      written: await writeUnitsPerMessage(database, 1),
      read: month.counting.read / month.messages,
      bytes: storedBytes(messageItem(TYPICAL_MESSAGE, MESSAGE_DAYS)),
      evidenceBytes,
    },
    conversation: { bytes: month.stored.markers / month.conversations },
    channelsDay: {
      opening: openingChannelsDay - 1,
      sealing: sealingChannel,
      evidenceBytes: evidence.few - 17 * evidenceBytes,
      figureBytes: month.stored.figures / 3,
    },
    peersDay: {
      opening: openingPeersDay - openingChannelsDay,
      sealing: one.sealing - sealingChannel,
      sealingRead: month.sealing.read,
    },
    answerRead: (await readUnitsByQuestion(asked))['channel-stats, last 30 days'] ?? 0,
  };
}

/** The gigabytes that are stored after so many days, of which the messages' are kept for `messageDays`. */
function gigabytes(day: Day, { message, conversation, channelsDay }: Measured, messageDays: number) {
  const evidence = day.messages * message.evidenceBytes + day.channels * channelsDay.evidenceBytes;
  return {
    messages: (day.messages * messageDays * message.bytes) / GIGABYTE,
    evidence: (evidence * COUNTER_DAYS) / GIGABYTE,
    markersOfAYear: (day.conversations * 365 * conversation.bytes) / GIGABYTE,
    figuresOfAYear: (day.channels * 365 * channelsDay.figureBytes) / GIGABYTE,
  };
}

/** What each thing costs in a month, in USD, once messages are 400 days old. */
function bill(day: Day, measured: Measured): [string, number][] {
  const { message, channelsDay, peersDay } = measured;
  const written = (units: number) => units * DAYS_A_MONTH * PRICES.writeUnit;
  const read = (units: number) => units * DAYS_A_MONTH * PRICES.readUnit;
  const answers = day.peers * ANSWERS_A_PEER_AND_DAY;
  const size = gigabytes(day, measured, MESSAGE_DAYS);
  const usageSize = size.evidence + size.markersOfAYear + size.figuresOfAYear;
  const dynamoDb: [string, number][] = [
    ['storing messages', written(day.messages)],
    ['counting them', written(day.messages * message.written) + read(day.messages * message.read)],
    ['starting conversations', written(day.conversations)],
    ["opening channels' days", written(day.channels * channelsDay.opening + day.peers * peersDay.opening)],
    [
      'sealing days',
      written(day.channels * channelsDay.sealing + day.peers * peersDay.sealing) +
        read(day.peers * peersDay.sealingRead),
    ],
    ['reading', read(answers * measured.answerRead)],
    ['reading the stream', 0],
    ['storage of messages', size.messages * PRICES.gigabyteMonth],
    ['storage of evidence, markers and figures', usageSize * PRICES.gigabyteMonth],
    ['point-in-time recovery', (size.messages + usageSize) * PRICES.recoveryGigabyteMonth],
  ];
  const invocation = PRICES.invocation + ASSUMED_SECONDS * MEMORY_GIGABYTES * PRICES.gigabyteSecond;
  const counting = Math.min(day.messages, SECONDS_A_DAY);
  return [
    ...dynamoDb,
    ['**DynamoDB together**', dynamoDb.reduce((sum, [, usd]) => sum + usd, 0)],
    ['Lambda: counting, sealing and redriving', (counting + 2 * 24) * DAYS_A_MONTH * invocation],
    ['API Gateway and Lambda: answers', answers * DAYS_A_MONTH * (PRICES.apiRequest + invocation)],
    [
      'API Gateway and Lambda: recording, 10 messages a request',
      (day.messages / 10) * DAYS_A_MONTH * (PRICES.apiRequest + invocation),
    ],
  ];
}

function usd(amount: number): string {
  if (amount === 0) return '0';
  return amount < 0.005 ? amount.toFixed(4) : amount.toFixed(2);
}

function manyPeers(messages: readonly UserMessage[]): Day {
  const different = (part: (message: UserMessage) => string) => new Set(messages.map(part)).size;
  return {
    name: 'large',
    peers: different(({ peerId }) => peerId),
    channels: different(({ peerId, channelId }) => `${peerId} ${channelId}`),
    messages: messages.length,
    conversations: different(({ peerId, conversationId }) => `${peerId} ${conversationId}`),
  };
}

/** The gigabytes that are stored, and what storing fewer or cheaper saves in a month, in USD. */
function storageRows(day: Day, measured: Measured): [string, string][] {
  const size = gigabytes(day, measured, MESSAGE_DAYS);
  const shorter = [180, 90, 30].map((messageDays): [string, string] => {
    const saved = size.messages - gigabytes(day, measured, messageDays).messages;
    const price = PRICES.gigabyteMonth + PRICES.recoveryGigabyteMonth;
    return [`saved by keeping messages for ${messageDays} days`, usd(saved * price)];
  });
  const cheaper = size.messages * (PRICES.gigabyteMonth - PRICES.infrequentGigabyteMonth);
  const dearer = day.messages * DAYS_A_MONTH * (PRICES.infrequentWriteUnit - PRICES.writeUnit);
  return [
    ['GB of messages', size.messages.toFixed(3)],
    ['GB of evidence', size.evidence.toFixed(3)],
    ['GB of markers, more every year', size.markersOfAYear.toFixed(3)],
    ['GB of figures, more every year', size.figuresOfAYear.toFixed(3)],
    ...shorter,
    ['saved by Standard-IA for the messages table', usd(cheaper - dearer)],
  ];
}

/** How many days a message has to be kept for Standard-IA to cost less. */
function daysForInfrequentAccess({ message }: Measured): number {
  const dearer = PRICES.infrequentWriteUnit - PRICES.writeUnit;
  const cheaper = (PRICES.gigabyteMonth - PRICES.infrequentGigabyteMonth) * (message.bytes / GIGABYTE);
  return (dearer / cheaper) * DAYS_A_MONTH;
}

if (import.meta.main) {
  const database = await startTestDatabase();
  const measured = await measure(database);
  await database.stop();
  const days: Day[] = [
    { name: 'small', peers: 1, channels: 3, messages: 50, conversations: 50 / 6 },
    { name: 'middle', peers: 100, channels: 400, messages: 6_000, conversations: 1_000 },
    manyPeers(dayOfManyPeers(1_000, '2026-11-22', new Random(1))),
    { name: 'a million', peers: 1_000, channels: 4_000, messages: 1_000_000, conversations: 1e6 / 6 },
  ];
  const { message, conversation, channelsDay } = measured;
  const columns = days.map((day): [string, string][] => [
    ['a day', day.name],
    ['peers', `${day.peers}`],
    ['channels with messages', `${day.channels}`],
    ['messages', `${day.messages}`],
    ['conversations', day.conversations.toFixed(0)],
    ...bill(day, measured).map(([name, amount]): [string, string] => [name, usd(amount)]),
    ...storageRows(day, measured),
  ]);
  const lines = [
    `${message.bytes} bytes a message`,
    `${channelsDay.evidenceBytes.toFixed(0)} bytes of evidence a channel and day, and ` +
      `${message.evidenceBytes.toFixed(1)} a message`,
    `${conversation.bytes.toFixed(0)} bytes a conversation`,
    `${channelsDay.figureBytes.toFixed(0)} bytes of figures a channel and day`,
    `${daysForInfrequentAccess(measured).toFixed(0)} days, for Standard-IA to cost less`,
    ...(columns[0] ?? []).map(
      ([name], index) => `| ${[name, ...columns.map((column) => column[index]?.[1])].join(' | ')} |`,
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
