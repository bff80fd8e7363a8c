import { gzipSync } from 'node:zlib';
import { type Backoff, backoff } from '../domain/backoff.ts';
import type { MixpanelRow } from '../domain/mixpanel-day.ts';
import { SECOND_MS } from '../domain/utc-day.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { type Answer, NoAnswerError, type Post } from '../sending/post.ts';
import { isPassing, isRefusalOfAll, isRejection, outcomesOf, type RowOutcome } from './mixpanel-answer.ts';
import { mixpanelEvent } from './mixpanel-event.ts';

/** The project that events go to, and a service account that may import into it. */
export interface MixpanelAccount {
  /** The address of the import, without parameters. */
  url: string;
  projectId: string;
  username: string;
  secret: string;
}

/** What Mixpanel answered cannot be gone on with; the message says what it means. */
export class MixpanelError extends Error {
  override name = 'MixpanelError';
}

/** What sends requests, and waits between them. */
interface SendingContext {
  post: Post;
  waiting: Pick<Waiting, 'pause' | 'random'>;
}

/** Mixpanel takes so many events at most in one request. */
const MOST_EVENTS = 2_000;
/** Its guide says ten million, and its description of errors 2 MiB: this is below both. */
const MOST_BYTES = 2_000_000;

const PAUSES: Backoff = { firstMs: 2 * SECOND_MS, longestMs: 60 * SECOND_MS };
const JITTER = { leastMs: SECOND_MS, mostMs: 5 * SECOND_MS };
/** About five minutes of pauses: what is not answered by then has to come again later. */
const MAX_ATTEMPTS = 10;
const ANSWER_WITHIN_MS = 30 * SECOND_MS;

/**
 * So long before its end a process begins no further attempt: there has to be time for a pause, for an answer, and for
 * storing what it says.
 */
export const STOP_BEFORE_MS = PAUSES.longestMs + JITTER.mostMs + ANSWER_WITHIN_MS + 15 * SECOND_MS;

/** Sends rows to Mixpanel, until it is known of each what became of it, or the time is over. */
export class MixpanelImport {
  readonly #account: MixpanelAccount;
  readonly #post: Post;
  readonly #waiting: SendingContext['waiting'];

  constructor(account: MixpanelAccount, { post, waiting }: SendingContext) {
    this.#account = account;
    this.#post = post;
    this.#waiting = waiting;
  }

  /**
   * Sends rows. Those that Mixpanel has already it recognises.
   *
   * @returns what became of each
   * @throws MixpanelError where the account is not accepted, or an answer is none that is known
   */
  async send(
    rows: readonly MixpanelRow[],
    outOfTime: () => boolean,
  ): Promise<ReadonlyMap<MixpanelRow, RowOutcome>> {
    const outcomes = new Map<MixpanelRow, RowOutcome>(rows.map((row) => [row, 'left']));
    const requests = inRequests(rows);
    for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
      const answer = await this.#answerTo(request, outOfTime);
      // Whatever keeps one request from being answered keeps the others too.
      if (answer === undefined) break;
      const known = outcomesOf(request, answer);
      if (known !== undefined) for (const [row, outcome] of known) outcomes.set(row, outcome);
      // It is too large, or the answer is: what a part of it has brought twice, Mixpanel recognises.
      else if (request.length > 1 && MAYBE_TOO_LARGE.includes(answer.status))
        requests.unshift(...halves(request));
      else throw unknown(answer);
    }
    return outcomes;
  }

  /**
   * Asks whether the account is accepted, with an event that Mixpanel takes from nobody, so that nothing is imported.
   *
   * @throws MixpanelError where it is not, or where the answer does not tell; NoAnswerError
   */
  async checkAccount(): Promise<void> {
    const answer = await this.#request(JSON.stringify([NEVER_TAKEN]));
    if (isRejection(answer)) throw this.#rejected(answer);
    if (!isRefusalOfAll(answer)) throw unknown(answer);
  }

  /** What Mixpanel answers to rows at last; nothing where it does not in time. */
  async #answerTo(rows: readonly MixpanelRow[], outOfTime: () => boolean): Promise<Answer | undefined> {
    const body = JSON.stringify(rows.map(mixpanelEvent));
    for (let failures = 0; failures < MAX_ATTEMPTS && !outOfTime(); failures += 1) {
      if (failures > 0) await this.#waiting.pause(this.#pauseAfter(failures));
      const answer = await this.#requestIfAnswered(body);
      if (answer === undefined || isPassing(answer)) continue;
      if (isRejection(answer)) throw this.#rejected(answer);
      return answer;
    }
    return undefined;
  }

  #pauseAfter(failures: number): number {
    const jitter = JITTER.leastMs + this.#waiting.random() * (JITTER.mostMs - JITTER.leastMs);
    return backoff(PAUSES, failures) + jitter;
  }

  async #requestIfAnswered(body: string): Promise<Answer | undefined> {
    try {
      return await this.#request(body);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      return undefined;
    }
  }

  #request(body: string): Promise<Answer> {
    const { url, projectId, username, secret } = this.#account;
    const address = new URL(url);
    address.searchParams.set('strict', '1');
    address.searchParams.set('project_id', projectId);
    return this.#post(address.href, {
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(body),
      timeoutMs: ANSWER_WITHIN_MS,
    });
  }

  #rejected({ status }: Answer): MixpanelError {
    return new MixpanelError(
      `Mixpanel does not accept the service account for the project ${this.#account.projectId} (it answered ` +
        `${status}): its name, its secret, the project or the region is wrong, or it may not import`,
    );
  }
}

/** It has nothing that an event needs, and lies before all that Mixpanel takes. */
const NEVER_TAKEN = { event: '', properties: { time: 0 } };

/** A long answer is cut off, and then cannot be read. */
const MAYBE_TOO_LARGE: readonly number[] = [400, 413];

function unknown({ status }: Answer): MixpanelError {
  return new MixpanelError(`Mixpanel answered ${status}, and not in a way that says what it has taken`);
}

/** Rows in requests, each of them as large as it may be. */
function inRequests(rows: readonly MixpanelRow[]): MixpanelRow[][] {
  const requests: MixpanelRow[][] = [];
  let bytes = 0;
  for (const row of rows) {
    // With the comma behind it.
    const size = Buffer.byteLength(JSON.stringify(mixpanelEvent(row))) + 1;
    const last = requests.at(-1);
    if (last === undefined || last.length === MOST_EVENTS || bytes + size > MOST_BYTES) {
      requests.push([row]);
      bytes = '[]'.length + size;
    } else {
      last.push(row);
      bytes += size;
    }
  }
  return requests;
}

function halves(rows: readonly MixpanelRow[]): MixpanelRow[][] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)];
}
