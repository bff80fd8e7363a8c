import { appendFile } from 'node:fs/promises';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { buildCounter } from '../../functions/shared/counting/build-counter.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import { readIfThere } from '../../local/support/durable-file.ts';
import { replayMessages } from '../../tools/support/replay-messages.ts';
import { type PageDone, ReplayProgress } from '../../tools/support/replay-progress.ts';
import { intercepted } from '../support/database/intercepted-client.ts';
import type { Random } from '../support/random.ts';
import type { TestDependencies } from '../support/service/test-dependencies.ts';

interface ScheduleOptions {
  random: Random;
  dependencies: TestDependencies;
  messagesTable: Table;
  stateFile: string;
  /** How many items a page has at most. */
  pageSize: number;
}

const MOST_KILLS = 20;
/** So small that the state is also written anew. */
const MOST_APPENDED = 500;

/** Replays all peers, and is killed at places that follow from a seed: before and after each thing that it does. */
export class ReplaySchedule {
  readonly #options: ScheduleOptions;
  #isKilled = false;
  /** The line that was about to be written. */
  #cutOff: string | undefined;
  kills = 0;
  /** How many items were read, in all runs together. */
  examined = 0;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  /**
   * Starts the replay, or goes on with it.
   *
   * @param segments in how many segments it begins
   * @returns its progress at the end; nothing where it was killed
   */
  async run(segments: number): Promise<ReplayProgress | undefined> {
    const { dependencies, stateFile } = this.#options;
    this.#isKilled = false;
    this.#cutOff = undefined;
    const request = { place: 'here', messagesTable: 'messages', usageTable: 'usage' };
    const progress = await ReplayProgress.open(stateFile, request, segments, MOST_APPENDED);
    const counter = await buildCounter(dependencies);
    const messages = this.#messagesInSmallPages();
    const working = {
      messages: {
        scan: async (...asked: Parameters<StoredMessages['scan']>) => {
          this.#mayDie();
          const page = await messages.scan(...asked);
          this.examined += page.examined;
          return page;
        },
      },
      counter: {
        count: async (some: Parameters<typeof counter.count>[0]) => {
          this.#mayDie();
          const outcomes = await counter.count(some);
          this.#mayDie();
          return outcomes;
        },
      },
      clock: dependencies.clock,
      retentionDays: dependencies.settings.messageRetentionDays,
      pace: { afterUse: async () => this.#mayDie() },
      marks: { isMarkOf: () => false },
      shown: { update() {} },
    };
    const keep = (page: PageDone) => this.#keep(progress, page);
    try {
      await replayMessages(working, {}, { segments: progress.segments, examined: 0, keep });
      return progress;
    } catch (error) {
      if (!this.#isKilled) throw error;
      await this.#cutOffLine();
      return undefined;
    }
  }

  async #keep(progress: ReplayProgress, page: PageDone): Promise<void> {
    this.#cutOff = JSON.stringify(page);
    this.#mayDie();
    this.#cutOff = undefined;
    await progress.keep(page);
    this.#mayDie();
  }

  /** Leaves a part of the line behind that was being written. */
  async #cutOffLine(): Promise<void> {
    const { random, stateFile } = this.#options;
    if (this.#cutOff === undefined || (await readIfThere(stateFile)) === undefined) return;
    await appendFile(stateFile, this.#cutOff.slice(0, random.integer(0, this.#cutOff.length)));
  }

  /** Once it is dead, nothing more is done. */
  #mayDie(): void {
    const { random } = this.#options;
    if (!this.#isKilled) {
      if (this.kills >= MOST_KILLS || !random.chance(0.05)) return;
      this.kills += 1;
      this.#isKilled = true;
    }
    throw new Error('killed');
  }

  #messagesInSmallPages(): StoredMessages {
    const { messagesTable, pageSize } = this.#options;
    const client = intercepted(messagesTable.client, (command, send) => {
      if (command instanceof ScanCommand) command.input.Limit = pageSize;
      return send();
    });
    return new StoredMessages({ ...messagesTable, client });
  }
}
