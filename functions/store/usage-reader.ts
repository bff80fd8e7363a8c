import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { DayCounts, PeerUsage } from '../domain/channel-stats.ts';
import { addDays, type UtcDay } from '../domain/utc-day.ts';
import { parseChannel } from './channel-store.ts';
import { count, type Item, parseItem, type Table } from './dynamodb.ts';
import { fromKeyPart } from './table-definition.ts';
import { usageRange } from './usage-table.ts';

const LEDGER_KEY = /^USAGE#(\d{4}-\d{2}-\d{2})#(.+)$/s;

const dayCountsItem = z.object({
  sk: z.string().check(z.regex(LEDGER_KEY)),
  messageCount: count,
  conversationCount: count,
  filedThrough: z.exactOptional(z.int()),
  pageThrough: z.exactOptional(z.int()),
});

const CHANNEL_PREFIX = 'USAGE#CHANNEL#';

// All that readers need: not the fingerprints, which are most of a ledger.
const PROJECTED = [
  'sk',
  'messageCount',
  'conversationCount',
  'filedThrough',
  'pageThrough',
  'status',
  'registeredAt',
  'registryName',
  'registryGalleryKey',
  'messageName',
  'messageGalleryKey',
  'messageTotal',
  'conversationTotal',
  'openDays',
  'lastMessageAt',
];

/** Reads what a peer's channels were used. */
export class UsageReader {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * All channels of a peer, with every ledger of an open day and, where a range of days is given, every
   * ledger of the range.
   *
   * One query, or two where the range ends more than a day before yesterday; and one more while a day
   * before what these read waits for its closing.
   *
   * The answer is right whatever is counted or closed meanwhile: a ledger keeps its counts when its day
   * is closed, and the channel says in the same item which ledgers its totals do not hold.
   *
   * @param today the reader's day
   * @param options.consistent reads consistently: all that was counted before is in the answer
   */
  async read(
    peerId: string,
    today: UtcDay,
    options: { from?: UtcDay; to?: UtcDay; consistent?: boolean } = {},
  ): Promise<PeerUsage> {
    const { from, to, consistent = false } = options;
    const yesterday = addDays(today, -1);
    const rangeIsApart = from !== undefined && to !== undefined && to < addDays(yesterday, -1);
    const first = from !== undefined && from < yesterday && !rangeIsApart ? from : yesterday;
    const [recent, earlier] = await Promise.all([
      this.#query(peerId, first, undefined, consistent),
      rangeIsApart ? this.#query(peerId, from, to, consistent) : undefined,
    ]);
    const usage: PeerUsage = {
      channels: recent.channels,
      days: [...(earlier?.days ?? []), ...recent.days],
    };
    const overdue = usage.channels.flatMap((channel) => channel.totals.openDays).filter((day) => day < first);
    const [oldest] = overdue.sort();
    if (oldest !== undefined) {
      const found = await this.#query(peerId, oldest, addDays(first, -1), consistent);
      const known = new Set(usage.days.map((counts) => `${counts.day}#${counts.channelId}`));
      usage.days.push(...found.days.filter((counts) => !known.has(`${counts.day}#${counts.channelId}`)));
    }
    return usage;
  }

  async #query(
    peerId: string,
    from: UtcDay,
    to: UtcDay | undefined,
    consistent: boolean,
  ): Promise<PeerUsage> {
    const { client, tableName } = this.#table;
    const range = usageRange(peerId, from, to);
    const usage: PeerUsage = { channels: [], days: [] };
    let start: Record<string, unknown> | undefined;
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
          ProjectionExpression: PROJECTED.map((name) => `#${name}`).join(', '),
          ExpressionAttributeNames: {
            '#pk': 'pk',
            ...Object.fromEntries(PROJECTED.map((name) => [`#${name}`, name])),
          },
          ExpressionAttributeValues: { ':pk': range.pk, ':from': range.from, ':to': range.to },
          ConsistentRead: consistent,
          ExclusiveStartKey: start,
        }),
      );
      for (const item of answer.Items ?? []) {
        if (String(item['sk']).startsWith(CHANNEL_PREFIX)) usage.channels.push(parseChannel(item));
        else usage.days.push(parseDayCounts(item));
      }
      start = answer.LastEvaluatedKey;
    } while (start !== undefined);
    return usage;
  }
}

function parseDayCounts(item: Item): DayCounts {
  const { sk, messageCount, conversationCount, filedThrough, pageThrough } = parseItem(
    dayCountsItem,
    item,
    'day ledger',
  );
  const [, day = '', channelId = ''] = LEDGER_KEY.exec(sk) ?? [];
  const counts: DayCounts = { channelId: fromKeyPart(channelId), day, messageCount, conversationCount };
  const instants = [filedThrough, pageThrough].filter((instant) => instant !== undefined);
  if (instants.length > 0) counts.lastMessageAt = Math.max(...instants);
  return counts;
}
