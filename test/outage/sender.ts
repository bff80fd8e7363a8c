import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import type { Random } from '../support/random.ts';

/** A message as it is sent. */
interface SentMessage {
  messageId: string;
  conversationId: string;
  channelId: string;
  role: 'user';
  sentAt: string;
}

/** What is to be counted of one peer's channel. */
export interface Expected {
  messages: number;
  conversations: Set<string>;
}

interface SenderOptions {
  url: string;
  apiKey: string;
  random: Random;
  /** The instant of the first message, in milliseconds since 1970; each next one is a little later. */
  sentFrom: number;
}

export const PEERS = ['peer_a', 'peer_b', 'peer_c'] as const;
const CHANNELS = ['direct', 'slack', 'whatsapp', 'widget'];
const CONVERSATIONS = 40;
const WORKERS = 4;
const MAX_PER_REQUEST = 10;
/** More is not sent, however long it goes on. */
const MAX_MESSAGES = 20_000;
const BETWEEN_REQUESTS_MS = 250;
const REQUEST_WITHIN_MS = 40_000;

const answerSchema = z.object({
  received: z.number(),
  rejected: z.array(z.object({ index: z.number(), code: z.string() })),
});

/** Records messages all the time: sends again what was not accepted, and remembers what was. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #isToEnd = new AbortController();
  #made = 0;
  /** How many messages were accepted; in the end all that were made. */
  accepted = 0;
  /** By peer and channel. */
  readonly expected = new Map<string, Expected>();
  /** How often a request was answered with each status, or not at all. */
  readonly answers = new Map<string, number>();
  /** Messages that would be rejected again. */
  readonly rejected: string[] = [];

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  get made(): number {
    return this.#made;
  }

  /** Sends until it is told to end, and then what is not accepted yet. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: WORKERS }, () => this.#work()));
  }

  /**
   * Lets the workers end once all that they have made is accepted.
   *
   * @param within after so many milliseconds they give up
   */
  end(within: number): void {
    this.#giveUpAt = performance.now() + within;
    this.#isToEnd.abort();
  }
  #giveUpAt = Number.POSITIVE_INFINITY;

  async #work(): Promise<void> {
    const { random } = this.#options;
    while (!this.#isToEnd.signal.aborted && this.#made < MAX_MESSAGES) {
      const peerId = random.pick(PEERS);
      let open = Array.from({ length: random.integer(1, MAX_PER_REQUEST) }, () => this.#newMessage());
      while (open.length > 0 && performance.now() < this.#giveUpAt) {
        open = await this.#send(peerId, open);
        await pause(BETWEEN_REQUESTS_MS);
      }
    }
  }

  #newMessage(): SentMessage {
    const { random, sentFrom } = this.#options;
    this.#made += 1;
    return {
      messageId: `message-${this.#made}`,
      conversationId: `conversation-${random.integer(1, CONVERSATIONS)}`,
      channelId: random.pick(CHANNELS),
      role: 'user',
      sentAt: new Date(sentFrom + this.#made).toISOString(),
    };
  }

  /** Sends messages once; gives those that have to be sent again. */
  async #send(peerId: string, messages: SentMessage[]): Promise<SentMessage[]> {
    const { url, apiKey } = this.#options;
    try {
      const response = await fetch(`${url}/api/v1/peer/${peerId}/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ messages }),
        signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
      });
      this.#count(String(response.status));
      const body: unknown = await response.json();
      if (response.status !== 200) return messages;
      const { rejected } = answerSchema.parse(body);
      const problems = new Map(rejected.map(({ index, code }) => [index, code]));
      const again: SentMessage[] = [];
      for (const [index, message] of messages.entries()) {
        const problem = problems.get(index);
        if (problem === undefined) this.#accept(peerId, message);
        else if (problem === 'unavailable') again.push(message);
        else this.rejected.push(`${message.messageId}: ${problem}`);
      }
      return again;
    } catch (error) {
      if (error instanceof z.ZodError) throw error;
      this.#count(error instanceof Error ? error.name : 'no answer');
      return messages;
    }
  }

  #accept(peerId: string, { channelId, conversationId }: SentMessage): void {
    this.accepted += 1;
    const name = `${peerId} ${channelId}`;
    const expected = this.expected.get(name) ?? { messages: 0, conversations: new Set() };
    expected.messages += 1;
    expected.conversations.add(conversationId);
    this.expected.set(name, expected);
  }

  #count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}
