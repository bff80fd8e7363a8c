import type { MalformedItemError } from '../shared/domain/errors.ts';
import { HOUR_MS } from '../shared/domain/utc-day.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { errorName } from '../shared/runtime/error-text.ts';
import { inTime, TimeRanOutError } from '../shared/runtime/in-time.ts';
import { ConflictError } from '../shared/store/conflict.ts';
import { isContention } from '../shared/store/dynamodb.ts';
import type { KnownTarget } from '../shared/store/items/notification-target.ts';
import type { WaitingNotification } from '../shared/store/items/waiting-notification.ts';
import type { NotificationTargets } from '../shared/store/notification-targets.ts';
import { LANES } from '../shared/store/usage-table.ts';
import type { WaitingNotifications } from '../shared/store/waiting-notifications.ts';
import type { Outcome, Receiver } from './receiver.ts';
import { nextAttempt, type RetryDelays } from './retry-schedule.ts';

/** What a run came to. */
export interface SendCounts {
  sent: number;
  givenUp: number;
  /** How many of those that were read still wait. */
  waiting: number;
  /** Of these, how many have waited for more than an hour. */
  late: number;
}

/** What the work on one target needs. */
export interface TargetContext extends Pick<Dependencies, 'clock' | 'waiting' | 'log'> {
  notifications: WaitingNotifications;
  targets: NotificationTargets;
  delays: RetryDelays;
  /** Tells when to begin no further attempt. */
  outOfTime: () => boolean;
}

/** An attempt is over then, whatever a receiver does. */
export const ATTEMPT_LIMIT_MS = 20_000;
/** Longer than a run may take: then nobody works on what a run has begun. */
const BEGUN_FOR_MS = 60_000;
const LATE_MS = HOUR_MS;
/** A receiver that wants to be left alone for longer is asked again all the same. */
const LONGEST_PAUSE_MS = HOUR_MS;

/** Sends to one target what waits for it, as far as it is due, and as far as the time allows. */
export class TargetRun {
  readonly #receiver: Receiver;
  readonly #known: KnownTarget;
  readonly #context: TargetContext;
  readonly #counts: SendCounts = { sent: 0, givenUp: 0, waiting: 0, late: 0 };
  /** Whether nothing is sent any more in this run. */
  #isStopped: boolean;
  /** Whether nothing is ever to be sent again. */
  #isUnwanted: boolean;
  #failure: { error: unknown } | undefined;

  /** @param known what is known of the target at the place where the receiver is reached */
  constructor(receiver: Receiver, known: KnownTarget, context: TargetContext) {
    this.#receiver = receiver;
    this.#known = known;
    this.#context = context;
    this.#isUnwanted = known.disabledAt !== undefined;
    this.#isStopped = (known.pausedUntil ?? 0) > context.clock();
  }

  /** What there is to say so far. It may be asked for also where the work failed. */
  get counts(): Readonly<SendCounts> {
    return this.#counts;
  }

  /** Does the work. @throws what kept it from being done, once everything under way has ended */
  async workOff(): Promise<void> {
    const { notifications, waiting } = this.#context;
    const { name, concurrency } = this.#receiver;
    // One that cannot be read keeps back what was decided on its peer later, and nothing of others.
    const malformed = (error: MalformedItemError) => {
      this.#failure ??= { error };
    };
    const peers = byPeer(notifications.of(name, malformed, Math.floor(waiting.random() * LANES)));
    await Promise.all(Array.from({ length: concurrency }, () => this.#work(peers)));
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #work(peers: AsyncGenerator<WaitingNotification[]>): Promise<void> {
    try {
      for (;;) {
        const next = await peers.next();
        if (next.done === true || this.#context.outOfTime()) return;
        await this.#workOffPeer(next.value);
      }
    } catch (error) {
      // What is under way elsewhere ends well. The next run goes on.
      this.#failure ??= { error };
      this.#isStopped = true;
    }
  }

  /** One after the other: the next one is sent once the one before is done with. */
  async #workOffPeer(all: readonly WaitingNotification[]): Promise<void> {
    let done = 0;
    for (const [index, one] of all.entries()) {
      const isAfterDone = all[index - 1]?.sequence === one.sequence - 1;
      if (!(await this.#isDoneWith(one, isAfterDone))) break;
      done += 1;
    }
    const now = this.#context.clock();
    for (const { createdAt } of all.slice(done)) {
      this.#counts.waiting += 1;
      if (now - createdAt > LATE_MS) this.#counts.late += 1;
    }
  }

  async #isDoneWith(one: WaitingNotification, isAfterDone: boolean): Promise<boolean> {
    const { clock, notifications, outOfTime } = this.#context;
    try {
      if (this.#isUnwanted) return await this.#giveUp(one, UNWANTED);
      if (this.#isStopped || outOfTime() || one.dueAt > clock()) return false;
      if (!isAfterDone && !(await notifications.isOneBeforeGone(one))) return false;
      const begun = await notifications.begin(one, clock() + BEGUN_FOR_MS);
      return await this.#settle(begun, await this.#tell(begun));
    } catch (error) {
      // Somebody else works on it.
      if (error instanceof ConflictError || isContention(error)) return false;
      throw error;
    }
  }

  async #tell(one: WaitingNotification): Promise<Outcome> {
    const { clock, waiting } = this.#context;
    const { pauseMs } = this.#receiver;
    try {
      const { id, payload } = one;
      return await inTime(waiting, ATTEMPT_LIMIT_MS, () => this.#receiver.tell({ id, payload }, clock()));
    } catch (error) {
      const isLate = error instanceof TimeRanOutError;
      const problem = isLate ? `no answer within ${ATTEMPT_LIMIT_MS} ms` : `not sent: ${errorName(error)}`;
      return { kind: 'failed', problem, isBusy: isLate };
    } finally {
      if (pauseMs > 0) await waiting.pause(pauseMs);
    }
  }

  /** @returns whether it is done with, and the next one may be sent */
  async #settle(begun: WaitingNotification, outcome: Outcome): Promise<boolean> {
    const { clock, notifications, targets, log } = this.#context;
    if (outcome.kind === 'taken') {
      await notifications.remove(begun);
      this.#counts.sent += 1;
      return true;
    }
    if (outcome.kind === 'unwanted') {
      this.#isUnwanted = true;
      log.error('a target of notifications wants nothing any more', { target: begun.target });
      await targets.disable(this.#known, clock());
      return this.#giveUp(begun, outcome.problem);
    }
    return this.#postpone(begun, outcome);
  }

  async #postpone(
    begun: WaitingNotification,
    { problem, isBusy, retryAfterMs = 0 }: Extract<Outcome, { kind: 'failed' }>,
  ): Promise<boolean> {
    const { clock, waiting, delays, notifications, targets, log } = this.#context;
    const now = clock();
    if (isBusy || retryAfterMs > 0) this.#isStopped = true;
    if (retryAfterMs > 0) {
      const until = now + Math.min(retryAfterMs, LONGEST_PAUSE_MS);
      await targets.pause(this.#known, until);
    }
    const dueAt = nextAttempt(begun, delays, now, waiting.random(), retryAfterMs);
    if (dueAt === undefined) return this.#giveUp(begun, problem);
    const { target, id, attempts } = begun;
    log.warn('a notification was not taken', { target, notification: id, attempts, problem });
    await notifications.postpone(begun, dueAt, problem);
    return false;
  }

  async #giveUp(one: WaitingNotification, reason: string): Promise<boolean> {
    const { clock, notifications, log } = this.#context;
    await notifications.giveUp(one, reason, clock());
    this.#counts.givenUp += 1;
    const { target, id, attempts } = one;
    log.error('a notification was given up', { target, notification: id, attempts, reason });
    return true;
  }
}

const UNWANTED = 'the target wants nothing any more';

/** The notifications of each peer together; they come one after the other. */
async function* byPeer(
  notifications: AsyncIterable<WaitingNotification>,
): AsyncGenerator<WaitingNotification[]> {
  let together: WaitingNotification[] = [];
  for await (const one of notifications) {
    if (together.length > 0 && together[0]?.peerId !== one.peerId) {
      yield together;
      together = [];
    }
    together.push(one);
  }
  if (together.length > 0) yield together;
}
