import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { COUNTED_ROLE, type Role } from '../../../functions/shared/domain/message.ts';
import { DAY_MS, dayOf, startOf, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { Random } from '../random.ts';

/** What is counted on a day of a channel. */
export interface ExpectedCounts {
  messages: number;
  conversations: number;
}

/** What a file holds, and what it counts. */
export interface LargeExport {
  /** Lines with a message that no line before them holds. */
  messages: number;
  repeated: number;
  /** Lines that are no message: no JSON, or without a time. */
  refused: number;
  userMessages: number;
  channels: Record<string, ExpectedCounts>;
  /** By channel and day, `direct 2026-11-20`; days without a message of a user are left out. */
  days: Record<string, ExpectedCounts>;
}

export interface LargeExportOptions {
  file: string;
  lines: number;
  /** The messages are of the days before it. */
  before: UtcDay;
  seed: number;
}

const DAYS = 120;
const CHANNELS = [
  'direct',
  'webchat',
  'api',
  'int_slack',
  'int_whatsapp',
  'int_mail',
  'int_telegram',
  'int_discord',
];
const LINES_PER_CONVERSATION = 12;
const REFUSED = 0.001;
const REPEATED = 0.01;
/** So many lines are remembered, to be repeated. */
const REMEMBERED = 2_000;

/** Writes a file of JSON Lines with messages in no order. The same options always give the same file. */
export async function writeLargeExport({
  file,
  lines,
  before,
  seed,
}: LargeExportOptions): Promise<LargeExport> {
  const random = new Random(seed);
  const end = startOf(before);
  const conversations = Math.max(1, Math.floor(lines / LINES_PER_CONVERSATION / CHANNELS.length));
  const tally = new Tally();
  const remembered: string[] = [];
  const output = createWriteStream(file);
  for (let number = 0; number < lines; number += 1) {
    const line = lineOf(number);
    if (!output.write(`${line}\n`)) await once(output, 'drain');
  }
  output.end();
  await finished(output);
  return tally.result();

  function lineOf(number: number): string {
    const fate = random.next();
    if (fate < REFUSED) {
      tally.refused += 1;
      const cut = `{"messageId":"m${number}","conversationId":`;
      const undated = JSON.stringify({
        messageId: `m${number}`,
        conversationId: 'c',
        channelId: 'api',
        role: 'user',
      });
      return number % 2 === 0 ? cut : undated;
    }
    if (fate < REFUSED + REPEATED && remembered.length > 0) {
      tally.repeated += 1;
      return random.pick(remembered);
    }
    // Some channels are used more than others.
    const channelId = CHANNELS[Math.floor(random.next() ** 2 * CHANNELS.length)] ?? 'direct';
    const conversationId = `${channelId}-${random.integer(1, conversations)}`;
    const share = random.next();
    const role: Role = share < 0.6 ? COUNTED_ROLE : share < 0.95 ? 'assistant' : 'tool';
    const sentAt = end - 1 - Math.floor(random.next() * DAYS * DAY_MS);
    tally.add({ channelId, conversationId, role, sentAt });
    const line = JSON.stringify({
      ...{ messageId: `m${number}`, conversationId, channelId, role },
      sentAt: new Date(sentAt).toISOString(),
      text: 'is dropped before it is kept',
    });
    if (remembered.length < REMEMBERED) remembered.push(line);
    else remembered[random.integer(0, REMEMBERED - 1)] = line;
    return line;
  }
}

interface TalliedMessage {
  channelId: string;
  conversationId: string;
  role: Role;
  sentAt: number;
}

class Tally {
  repeated = 0;
  refused = 0;
  #messages = 0;
  readonly #days = new Map<string, number>();
  /** By channel, when its conversations began. */
  readonly #begins = new Map<string, Map<string, number>>();

  add({ channelId, conversationId, role, sentAt }: TalliedMessage): void {
    this.#messages += 1;
    if (role !== COUNTED_ROLE) return;
    const day = `${channelId} ${dayOf(sentAt)}`;
    this.#days.set(day, (this.#days.get(day) ?? 0) + 1);
    const begins = this.#begins.get(channelId) ?? new Map<string, number>();
    this.#begins.set(channelId, begins);
    begins.set(conversationId, Math.min(sentAt, begins.get(conversationId) ?? sentAt));
  }

  result(): LargeExport {
    const days: LargeExport['days'] = {};
    for (const [day, messages] of [...this.#days].sort()) days[day] = { messages, conversations: 0 };
    const channels: LargeExport['channels'] = {};
    for (const [channelId, begins] of [...this.#begins].sort()) {
      for (const sentAt of begins.values()) {
        const counts = days[`${channelId} ${dayOf(sentAt)}`];
        if (counts !== undefined) counts.conversations += 1;
      }
      const messages = sum(Object.entries(days).filter(([day]) => day.startsWith(`${channelId} `)));
      channels[channelId] = { messages, conversations: begins.size };
    }
    const userMessages = sum(Object.entries(days));
    return {
      messages: this.#messages,
      repeated: this.repeated,
      refused: this.refused,
      userMessages,
      channels,
      days,
    };
  }
}

function sum(days: readonly (readonly [string, ExpectedCounts])[]): number {
  return days.reduce((total, [, { messages }]) => total + messages, 0);
}
