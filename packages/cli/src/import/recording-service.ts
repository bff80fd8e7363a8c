import type { ChannelUsageClient, Key, Trust } from '../../../client/src/index.ts';
import type { CliContext } from '../cli-context.ts';
import type { Connection } from '../connection/connect.ts';
import { serviceClient } from '../service/service-client.ts';
import { serviceError, UnreachableError } from '../service/service-errors.ts';
import { TELL_NOBODY } from '../service/wait-teller.ts';
import type { SendMessages } from './http-target.ts';
import { pauseUnlessInterrupted } from './interruption.ts';

/** An import has time: about two minutes of a service that does not answer. */
const RETRY = { attempts: 8, firstDelayMs: 500, maxDelayMs: 30_000 } as const;
const UNAVAILABLE = 'unavailable';

/**
 * The service that messages are recorded with. Each method throws a RefusedError, an UnreachableError when it was asked
 * often enough, or an InterruptedError where Ctrl-C is pressed while it waits to ask again.
 */
export class RecordingService {
  readonly #client: ChannelUsageClient;
  readonly #url: string;

  /** @param isQuiet whether the person is not told what is waited for */
  constructor(connection: Connection, context: CliContext, interruption: AbortSignal, isQuiet: boolean) {
    this.#client = serviceClient(connection, context, {
      retry: RETRY,
      ...(isQuiet && { tell: TELL_NOBODY }),
      timing: {
        // A request that is under way is waited for: its answer says what became of the messages.
        wait: (milliseconds) => pauseUnlessInterrupted(milliseconds, context, interruption),
      },
    });
    this.#url = connection.url;
  }

  key(): Promise<Key> {
    return this.#told(() => this.#client.getKey());
  }

  trust(peerId: string): Promise<Trust> {
    return this.#told(() => this.#client.getTrust(peerId));
  }

  /** Sends messages of a peer. */
  sender(peerId: string): SendMessages {
    return async (messages) => {
      const answer = await this.#told(() => this.#client.recordMessages(peerId, messages));
      const unavailable = answer.rejected.find(({ code }) => code === UNAVAILABLE);
      if (unavailable !== undefined) throw new UnreachableError(`${this.#url} says: ${unavailable.message}`);
      return answer;
    };
  }

  async #told<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask();
    } catch (error) {
      throw serviceError(error) ?? error;
    }
  }
}
