import * as z from 'zod/mini';
import type { AnalyticsClaim } from '../domain/google-analytics-day.ts';
import { parseJson } from '../domain/parse-json.ts';
import { SECOND_MS } from '../domain/utc-day.ts';
import { NoAnswerError, type Post } from '../sending/post.ts';
import { analyticsBody } from './google-analytics-events.ts';

/** The stream of Google Analytics that events go to. */
export interface AnalyticsStream {
  /** The address of the Measurement Protocol, without parameters. */
  url: string;
  measurementId: string;
  secret: string;
}

/** Whether something arrived, or why it is not known, or known not to have. */
export type Delivery = 'arrived' | { problem: string };

/** What Google Analytics says of a request that it does not keep. */
export interface Validation {
  /** What is wrong, in its words; nothing where all is right. */
  problems: string[];
}

const ANSWER_WITHIN_MS = 20 * SECOND_MS;

/** So long before its end a process claims nothing more: there has to be time for an answer, and for storing it. */
export const CLAIM_BEFORE_MS = ANSWER_WITHIN_MS + 20 * SECOND_MS;

const COLLECT = /\/mp\/collect$/;
const DEBUG = '/debug/mp/collect';

/** Says why a URL is not that of the Measurement Protocol, from which that of its check follows; or nothing where it is. */
export function collectUrlProblem(url: string): string | undefined {
  const parsed = URL.parse(url);
  const isWhole =
    parsed !== null && COLLECT.test(parsed.pathname) && parsed.search === '' && parsed.hash === '';
  return isWhole ? undefined : 'has to end with /mp/collect';
}

/**
 * Speaks the Measurement Protocol of Google Analytics. The secret is part of the address: neither goes into a log, and
 * no error tells it.
 */
export class MeasurementProtocol {
  readonly #stream: AnalyticsStream;
  readonly #post: Post;

  constructor(stream: AnalyticsStream, post: Post) {
    this.#stream = stream;
    this.#post = post;
  }

  /** Sends something once, whatever becomes of it. */
  async send(claim: AnalyticsClaim): Promise<Delivery> {
    try {
      const { status } = await this.#request(this.#stream.url, claim);
      if (status >= 200 && status < 300) return 'arrived';
      // The status alone: what else it says may repeat the address.
      return { problem: `Google Analytics answered ${status}` };
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      return { problem: `there was no answer: ${error.message}` };
    }
  }

  /** Asks what would be wrong with something, without sending it. @throws NoAnswerError; Error where the answer says nothing */
  async validate(claim: AnalyticsClaim): Promise<Validation> {
    const { url } = this.#stream;
    // Asked at another address it would be sent.
    const problem = collectUrlProblem(url);
    if (problem !== undefined) throw new Error(`the address of Google Analytics ${problem}`);
    const { status, body } = await this.#request(url.replace(COLLECT, DEBUG), claim);
    const { data } = z.safeParse(validation, parseJson(body));
    if (status !== 200 || data === undefined) {
      throw new Error(`Google Analytics answered ${status}, and does not say whether it would take that`);
    }
    return {
      problems: data.validationMessages.map(({ fieldPath, description, validationCode }) =>
        [fieldPath, validationCode, description]
          .filter((part) => part !== undefined && part !== '')
          .join(': '),
      ),
    };
  }

  #request(url: string, claim: AnalyticsClaim) {
    const { measurementId, secret } = this.#stream;
    const address = new URL(url);
    address.searchParams.set('measurement_id', measurementId);
    address.searchParams.set('api_secret', secret);
    return this.#post(address.href, {
      headers: { 'content-type': 'application/json' },
      body: analyticsBody(claim),
      timeoutMs: ANSWER_WITHIN_MS,
    });
  }
}

const validation = z.object({
  validationMessages: z.array(
    z.object({
      fieldPath: z.optional(z.string()),
      description: z.optional(z.string()),
      validationCode: z.optional(z.string()),
    }),
  ),
});
