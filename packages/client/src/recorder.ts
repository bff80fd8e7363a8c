/// <reference lib="esnext.disposable" preserve="true" />

import { ApiError } from './errors.ts';
import type { Message, RecordedMessages, Rejection } from './generated/openapi.ts';
import { beforeExit } from './process-exit.ts';
import { withSentAt } from './record-messages.ts';
import type { Timing } from './timing.ts';

/** A message that is not recorded, however often it is sent. */
export interface RejectedMessage {
  message: Message;
  /** Why, for programs. `payload_too_large`: this message alone is larger than a request may be. */
  code: Exclude<Rejection['code'], 'unavailable'> | 'payload_too_large';
  /** Why, in words. */
  reason: string;
}

/** How a recorder works. */
export interface RecorderOptions {
  /** The peer that all messages are of. */
  peerId: string;
  /** How long a message waits for others at most, in milliseconds; 1,000 unless given. */
  flushEvery?: number;
  /** How many messages a request has at most, up to 500, which is what it has unless given. */
  maxBatch?: number;
  /** How many messages wait to be recorded at most; 10,000 unless given. */
  maxBuffered?: number;
  /** Is told of messages that the service does not take. They are gone then. It must not throw. */
  onRejected: (rejected: readonly RejectedMessage[]) => void;
  /**
   * Is told of each failure to send. After an `UnreachableError`, a 429 or a 5xx the messages wait for the next
   * attempt; any other `ApiError`, such as a revoked key, ends the recorder. It must not throw.
   */
  onError: (error: Error) => void;
}

/** Messages were not recorded, as far as is known: an answer that was lost may have said that they were. */
export class UnrecordedError extends Error {
  override name = 'UnrecordedError';
  /** The messages, in order, with `sentAt`: as they are, they can be recorded later. */
  readonly messages: readonly Message[];

  constructor(message: string, messages: readonly Message[], options?: ErrorOptions) {
    super(message, options);
    this.messages = messages;
  }
}

/** A message, and whoever waits for it to be taken. */
interface Waiting {
  message: Message;
  taken: () => void;
  refused: (error: UnrecordedError) => void;
}

const MAX_BATCH = 500;
const MAX_REQUEST_BYTES = 1_000_000;
const ENVELOPE_BYTES = '{"messages":[]}'.length;

/**
 * Records messages one after another as they come, many in a request, one request at a time, in the order in which
 * they were given.
 *
 * What is given to it is recorded, or told: to `onRejected`, or in an `UnrecordedError` of `record`, `flush` or
 * `close`.
 */
export class Recorder implements AsyncDisposable {
  readonly #send: (messages: readonly Message[]) => Promise<RecordedMessages>;
  readonly #timing: Timing;
  readonly #options: Required<RecorderOptions>;
  /** Those that are being sent come first; they are taken out once it is known what became of them. */
  readonly #buffer: Message[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #forgetExit: () => void;
  /** How many messages have left the buffer. */
  #done = 0;
  #sending: Promise<void> | undefined;
  #flushing = false;
  #stopTimer: (() => void) | undefined;
  #ended: ApiError | undefined;
  #closing: Promise<void> | undefined;

  /** @throws RangeError where a limit makes no sense */
  constructor(
    send: (messages: readonly Message[]) => Promise<RecordedMessages>,
    timing: Timing,
    { flushEvery = 1000, maxBatch = MAX_BATCH, maxBuffered = 10_000, ...options }: RecorderOptions,
  ) {
    if (!(maxBatch >= 1 && maxBatch <= MAX_BATCH)) throw new RangeError(`maxBatch is from 1 to ${MAX_BATCH}`);
    if (!(maxBuffered >= maxBatch)) throw new RangeError('maxBuffered is at least maxBatch');
    this.#send = send;
    this.#timing = timing;
    this.#options = { ...options, flushEvery, maxBatch, maxBuffered };
    this.#forgetExit = beforeExit(() => void this.close().catch(options.onError));
  }

  /**
   * Takes a message, to be recorded soon. One without `sentAt` was sent now.
   *
   * While `maxBuffered` messages wait, it waits for room, which the next request that succeeds makes.
   *
   * @throws UnrecordedError with this message, which was not taken: that request failed, or the recorder has ended
   *   or was closed
   */
  async record(message: Message): Promise<void> {
    const dated = withSentAt(message, this.#timing.now());
    if (this.#closing !== undefined) throw new UnrecordedError('the recorder was closed', [dated]);
    if (this.#ended !== undefined) throw this.#endedError([dated]);
    if (this.#isFull()) {
      // Whoever waits is served in order, so that nobody overtakes.
      const room = new Promise<void>((taken, refused) =>
        this.#waiting.push({ message: dated, taken, refused }),
      );
      this.#flushInBackground();
      return room;
    }
    this.#take(dated);
  }

  /**
   * Sends what has been taken until now.
   *
   * @throws UnrecordedError with all that is left. It is still going to be sent, unless the recorder has ended
   */
  async flush(): Promise<void> {
    const target = this.#done + this.#buffer.length;
    while (this.#done < target) await this.#sendNext();
  }

  /**
   * Sends all that is left, and takes nothing more.
   *
   * @throws UnrecordedError with what could not be sent, which is in the hands of the caller then
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#forgetExit();
    this.#stopTimer?.();
    try {
      while (this.#buffer.length > 0) await this.#sendNext();
    } finally {
      this.#stopTimer?.();
      this.#buffer.length = 0;
    }
  }

  #isFull(): boolean {
    return this.#buffer.length >= this.#options.maxBuffered;
  }

  #take(message: Message): void {
    this.#buffer.push(message);
    if (this.#buffer.length >= this.#options.maxBatch) this.#flushInBackground();
    else this.#startTimer();
  }

  #startTimer(): void {
    this.#stopTimer ??= this.#timing.timer(this.#options.flushEvery, () => this.#flushInBackground());
  }

  #flushInBackground(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#flushing) return;
    this.#flushing = true;
    const ended = this.flush().then(
      () => true,
      (error: unknown) => {
        // It was told to onError, and the messages are still there.
        if (error instanceof UnrecordedError) return false;
        throw error;
      },
    );
    void ended.then((succeeded) => {
      this.#flushing = false;
      if (this.#closing !== undefined || this.#ended !== undefined || this.#buffer.length === 0) return;
      // Those who came since it failed have not been told of it, and are to be told something now.
      const isDue = this.#waiting.length > 0 || (succeeded && this.#buffer.length >= this.#options.maxBatch);
      if (isDue) this.#flushInBackground();
      else this.#startTimer();
    });
  }

  /** Sends one request, or waits for the one that is under way. */
  #sendNext(): Promise<void> {
    this.#sending ??= this.#sendBatch().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendBatch(): Promise<void> {
    if (this.#ended !== undefined) throw this.#endedError([...this.#buffer]);
    try {
      await this.#sendSome(this.#nextBatch());
    } catch (error) {
      throw this.#failed(error);
    }
    this.#letIn();
  }

  /** As many messages as a request may have, and one at least. */
  #nextBatch(): Message[] {
    const encoder = new TextEncoder();
    let bytes = ENVELOPE_BYTES;
    const first = this.#buffer.slice(0, this.#options.maxBatch);
    const end = first.findIndex((message) => {
      bytes += encoder.encode(JSON.stringify(message)).length + 1;
      return bytes > MAX_REQUEST_BYTES;
    });
    return end === -1 ? first : first.slice(0, Math.max(end, 1));
  }

  /** Sends the first messages of the buffer, by halves where they are too large together. */
  async #sendSome(batch: readonly Message[]): Promise<void> {
    try {
      const { rejected } = await this.#send(batch);
      this.#settle(batch, rejected);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 413)) throw error;
      const [message] = batch;
      if (batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        await this.#sendSome(batch.slice(0, half));
        await this.#sendSome(batch.slice(half));
      } else if (message !== undefined) {
        this.#remove(1);
        this.#options.onRejected([{ message, code: 'payload_too_large', reason: error.message }]);
      }
    }
  }

  /** Takes out of the buffer what was recorded or rejected. What was unavailable stays there, in its place. */
  #settle(batch: readonly Message[], rejections: readonly Rejection[]): void {
    const told: RejectedMessage[] = [];
    const left: Message[] = [];
    for (const { index, code, message: reason } of rejections) {
      const message = batch[index];
      if (message === undefined) continue;
      if (code === 'unavailable') left.push(message);
      else told.push({ message, code, reason });
    }
    this.#remove(batch.length, left);
    if (told.length > 0) this.#options.onRejected(told);
    if (left.length === 0) return;
    const message = `${left.length} messages could not be recorded at the moment`;
    throw new ApiError({ status: 503, code: 'unavailable', message });
  }

  #remove(count: number, left: readonly Message[] = []): void {
    this.#buffer.splice(0, count, ...left);
    this.#done += count - left.length;
  }

  #letIn(): void {
    while (!this.#isFull()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#take(next.message);
      next.taken();
    }
  }

  /** @returns what whoever waits for the sending is told */
  #failed(cause: unknown): UnrecordedError {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    if (isLasting(error)) this.#ended = error;
    this.#options.onError(error);
    if (this.#ended === undefined) this.#letIn();
    const reason = `it could not be recorded: ${error.message}`;
    for (const { message, refused } of this.#waiting.splice(0)) {
      refused(new UnrecordedError(reason, [message], { cause }));
    }
    const count = this.#buffer.length;
    return new UnrecordedError(
      `${count} messages could not be recorded: ${error.message}`,
      [...this.#buffer],
      {
        cause,
      },
    );
  }

  #endedError(messages: Message[]): UnrecordedError {
    return new UnrecordedError(`the recorder has ended: ${this.#ended?.message}`, messages, {
      cause: this.#ended,
    });
  }
}

/** Whether another attempt would fail as well. */
function isLasting(error: Error): error is ApiError {
  return error instanceof ApiError && error.status !== 429 && error.status < 500;
}
