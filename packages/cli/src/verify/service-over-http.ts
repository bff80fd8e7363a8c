import {
  type LookedUpMessage,
  lookedUpMessages,
} from '../../../../functions/look-up-messages/looked-up-message.ts';
import type { Fingerprint } from '../../../../functions/shared/domain/dedupe-window.ts';
import { type DayRange, daysOfMonth } from '../../../../functions/shared/domain/interval.ts';
import { monthNumber, monthOf, numberedMonth } from '../../../../functions/shared/domain/month.ts';
import { type ProofAnswer, proofAnswer } from '../../../../functions/shared/domain/proof.ts';
import { trustAnswer } from '../../../../functions/shared/domain/trust.ts';
import { ROUTES, type Route } from '../../../../functions/shared/http/routes.ts';
import {
  type FingerprintsAnswer,
  fingerprintsAnswer,
} from '../../../../functions/usage-api/get-proof-fingerprints.ts';
import { proofKeyAnswer } from '../../../../functions/usage-api/get-proof-key.ts';
import { type ApiAccess, ApiRequests, RefusedError } from '../service/api-requests.ts';
import type { ListedMessage } from './listed-messages.ts';
import type { ChannelDay } from './own-list.ts';
import type { Evidence, Reads, ToldTrust, VerifiedService } from './service.ts';

/** Within the days that one answer may have. */
const MOST_MONTHS = 12;

/** The service as its customers reach it: over HTTP, with an API key. */
export class ServiceOverHttp implements VerifiedService {
  readonly #requests: ApiRequests;
  readonly #peerId: string;
  #fingerprints = 0;
  /** So many months are asked for together: fewer where a peer has many channels. */
  #months = MOST_MONTHS;

  constructor(access: ApiAccess, peerId: string) {
    this.#requests = new ApiRequests(access);
    this.#peerId = peerId;
  }

  get reads(): Reads {
    return { requests: this.#requests.sent, fingerprints: this.#fingerprints };
  }

  trust(): Promise<ToldTrust> {
    return this.#requests.ask({ path: this.#pathOf(ROUTES.getTrust) }, trustAnswer);
  }

  async proofKey(): Promise<Uint8Array | undefined> {
    const { key } = await this.#requests.ask({ path: this.#pathOf(ROUTES.getProofKey) }, proofKeyAnswer);
    return key === null ? undefined : Buffer.from(key, 'hex');
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
      return await this.#requests.ask({ path: this.#pathOf(ROUTES.getProof, { ...range }) }, proofAnswer);
    } catch (error) {
      const isTooMuch = error instanceof RefusedError && error.status === 400 && error.paths.includes('from');
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
      page = await this.#requests.ask(
        { path: this.#pathOf(ROUTES.getProofFingerprints, query) },
        fingerprintsAnswer,
      );
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
      const answer = await this.#requests.ask(
        { path: this.#pathOf(ROUTES.lookUpMessages), json: { messages: sought } },
        lookedUpMessages,
      );
      return answer.messages;
    } catch (error) {
      if (error instanceof RefusedError && error.status === 403) return undefined;
      throw error;
    }
  }

  #pathOf({ path }: Pick<Route, 'path'>, query: Readonly<Record<string, string>> = {}): string {
    const parameters = new URLSearchParams(query);
    return `${path.replace('{peerId}', encodeURIComponent(this.#peerId))}${parameters.size > 0 ? `?${parameters}` : ''}`;
  }
}
