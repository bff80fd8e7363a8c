import {
  type LookedUpMessage,
  lookedUpMessages,
} from '../../../../functions/look-up-messages/looked-up-message.ts';
import type { Fingerprint } from '../../../../functions/shared/domain/dedupe-window.ts';
import { type DayRange, daysOfMonth } from '../../../../functions/shared/domain/interval.ts';
import { monthNumber, monthOf, numberedMonth } from '../../../../functions/shared/domain/month.ts';
import { type ProofAnswer, proofAnswer } from '../../../../functions/shared/domain/proof.ts';
import { trustAnswer } from '../../../../functions/shared/domain/trust.ts';
import {
  type FingerprintsAnswer,
  fingerprintsAnswer,
} from '../../../../functions/usage-api/get-proof-fingerprints.ts';
import { proofKeyAnswer } from '../../../../functions/usage-api/get-proof-key.ts';
import { ApiError, type ChannelUsageClient, type RetryOptions } from '../../../client/src/index.ts';
import type { CliContext } from '../cli-context.ts';
import type { Connection } from '../connection/connect.ts';
import { serviceClient } from '../service/service-client.ts';
import { answerTo } from '../service/usage-client.ts';
import type { ListedMessage } from './listed-messages.ts';
import type { ChannelDay } from './own-list.ts';
import type { Evidence, Reads, ToldTrust, VerifiedService } from './service.ts';

/** Within the days that one answer may have. */
const MOST_MONTHS = 12;

/** It takes minutes anyway: a service that is away for some seconds need not end it. */
const RETRY: RetryOptions = { attempts: 6, firstDelayMs: 1_000, maxDelayMs: 16_000 };

/** The service as its customers reach it: over HTTP, with an API key. */
export class ServiceOverHttp implements VerifiedService {
  readonly #client: ChannelUsageClient;
  readonly #peerId: string;
  #requests = 0;
  #fingerprints = 0;
  /** So many months are asked for together: fewer where a peer has many channels. */
  #months = MOST_MONTHS;

  constructor(
    connection: Connection,
    context: Pick<CliContext, 'fetch' | 'waiting' | 'clock' | 'say' | 'terminal'>,
    peerId: string,
  ) {
    const counting: typeof fetch = (input, init) => {
      this.#requests += 1;
      return context.fetch(input, init);
    };
    this.#client = serviceClient(connection, { ...context, fetch: counting }, { retry: RETRY });
    this.#peerId = peerId;
  }

  get reads(): Reads {
    return { requests: this.#requests, fingerprints: this.#fingerprints };
  }

  async trust(): Promise<ToldTrust> {
    const { value } = await answerTo(this.#client.getTrust(this.#peerId), trustAnswer);
    return value;
  }

  async proofKey(): Promise<Uint8Array | undefined> {
    const { value } = await answerTo(this.#client.getProofKey(this.#peerId), proofKeyAnswer);
    return value.key === null ? undefined : Buffer.from(value.key, 'hex');
  }

  async proof({ from, to }: DayRange): Promise<Pick<ProofAnswer, 'days' | 'months'>> {
    const all: Pick<ProofAnswer, 'days' | 'months'> = { days: [], months: [] };
    for (let first = monthNumber(monthOf(from)); first <= monthNumber(monthOf(to)); ) {
      const start = daysOfMonth(numberedMonth(first)).from;
      const end = daysOfMonth(numberedMonth(first + this.#months - 1)).to;
      const part = await this.#proofPart({ from: from > start ? from : start, to: to < end ? to : end });
      if (part === undefined) continue;
      all.days.push(...part.days);
      all.months.push(...part.months);
      first += this.#months;
    }
    return all;
  }

  /** @returns nothing where it would be too much, and fewer months have to be asked for */
  async #proofPart(range: DayRange): Promise<ProofAnswer | undefined> {
    try {
      const { value } = await answerTo(this.#client.getProof(this.#peerId, range), proofAnswer);
      return value;
    } catch (error) {
      const isTooMuch =
        error instanceof ApiError &&
        error.status === 400 &&
        error.details.some(({ path }) => path === 'from');
      if (!isTooMuch || this.#months === 1) throw error;
      this.#months = Math.ceil(this.#months / 2);
      return undefined;
    }
  }

  async evidence({ channelId, day }: ChannelDay): Promise<Evidence> {
    const fingerprints = new Set<Fingerprint>();
    let page: FingerprintsAnswer | undefined;
    do {
      const query = { channelId, day, ...(typeof page?.cursor === 'string' && { cursor: page.cursor }) };
      const asking = this.#client.getProofFingerprints(this.#peerId, query);
      page = (await answerTo(asking, fingerprintsAnswer)).value;
      this.#fingerprints += page.fingerprints.length;
      for (const fingerprint of page.fingerprints) fingerprints.add(fingerprint);
    } while (page.cursor !== null);
    return { evidence: page.evidence, fingerprints };
  }

  async lookUp(messages: readonly ListedMessage[]): Promise<LookedUpMessage[] | undefined> {
    const sought = messages.map(({ conversationId, messageId, channelId, sentAt }) => {
      return { conversationId, messageId, channelId, sentAt: new Date(sentAt).toISOString() };
    });
    try {
      const { value } = await answerTo(this.#client.lookUpMessages(this.#peerId, sought), lookedUpMessages);
      return value.messages;
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) return undefined;
      throw error;
    }
  }
}
