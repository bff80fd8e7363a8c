import { retryWait } from '../../../../dashboard/shared/retry-wait.ts';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import type { Trust } from '../../../../functions/shared/domain/trust.ts';
import { type EpochMillis, SECOND_MS } from '../../../../functions/shared/domain/utc-day.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { statsText } from '../drawing/stats-text.ts';
import { conditionalFetch } from '../service/conditional-fetch.ts';
import { serviceError, UnreachableError } from '../service/service-errors.ts';
import { askStats, askTrust, type StatsQuery } from '../service/stats-query.ts';
import { type Answer, clientFor } from '../service/usage-client.ts';
import { dates } from '../terminal/formats.ts';
import { safeJson, safeName, shownText } from '../terminal/safe-text.ts';
import { styleFor } from '../terminal/style.ts';
import { cut } from '../terminal/text-width.ts';
import { type LiveScreen, liveScreen } from './live-screen.ts';

/** As often as a person who looks at it wants to know, and nothing is sent where nothing has changed. */
const EVERY_MS = 5 * SECOND_MS;
/** Trust changes all the time, and is asked for less often. */
const TRUST_EVERY_MS = 30 * SECOND_MS;

interface WatchOptions extends ConnectionOptions, StatsQuery {
  json?: boolean;
}

/** What is known while figures are watched. */
interface Watched {
  stats: Answer<ChannelStats> | undefined;
  trust: Trust | undefined;
  trustAskedAt: EpochMillis;
  /** When the last answer came. */
  answeredAt: EpochMillis | undefined;
  /** When figures were others than before. */
  changedAt: EpochMillis | undefined;
}

/**
 * Shows figures whenever they change, until the person stops it: on a terminal in their place, and otherwise one after
 * another, with `json` as a line each. A service that does not answer is asked again, after longer and longer pauses.
 *
 * @throws ApiError where the service refuses it
 */
export async function watchStats(options: WatchOptions, context: CliContext): Promise<void> {
  const stop = context.interruption();
  const watch = new StatsWatch(options, context, stop);
  const screen = options.json !== true && context.screen().isTerminal ? liveScreen(context) : undefined;
  try {
    await watch.run(screen);
  } finally {
    screen?.end();
  }
}

class StatsWatch {
  readonly #options: WatchOptions;
  readonly #context: CliContext;
  readonly #stop: AbortSignal;
  readonly #known: Watched = {
    stats: undefined,
    trust: undefined,
    trustAskedAt: Number.NEGATIVE_INFINITY,
    answeredAt: undefined,
    changedAt: undefined,
  };

  constructor(options: WatchOptions, context: CliContext, stop: AbortSignal) {
    this.#options = options;
    this.#context = context;
    this.#stop = stop;
  }

  async run(screen: LiveScreen | undefined): Promise<void> {
    const { waiting } = this.#context;
    const conditional = { ...this.#context, fetch: conditionalFetch(this.#context.fetch) };
    let failures = 0;
    const tell = (text: string) => {
      // From the first failure on it is said since when nothing comes.
      if (failures > 0) return;
      if (screen !== undefined) screen.draw(this.#text(), this.#waitingStatus(text));
      else this.#context.say(`${shownText(text)}\n`);
    };
    const client = await clientFor(this.#options, conditional, tell);
    // Its answers count as unchanged while the instant in them goes on.
    const trustClient = await clientFor(this.#options, { ...this.#context, say: () => undefined }, tell);
    while (!this.#stop.aborted) {
      let problem: string | undefined;
      try {
        const stats = await askStats(client, this.#options, this.#stop);
        const isChanged = this.#note(stats);
        failures = 0;
        if (screen !== undefined) await this.#renewTrust(() => askTrust(trustClient, this.#options.peerId));
        else if (isChanged) this.#append(stats);
      } catch (error) {
        if (this.#stop.aborted) return;
        problem = problemForNow(error);
        failures += 1;
        if (screen === undefined && failures === 1) this.#context.say(`not reached: ${safeName(problem)}\n`);
      }
      const wait = failures === 0 ? EVERY_MS : retryWait(2 * EVERY_MS, failures, waiting.random());
      screen?.draw(this.#text(), this.#status(problem, wait));
      await waiting.deadline(wait, this.#stop).catch(() => undefined);
    }
  }

  /** @returns whether the figures are others than before */
  #note(stats: Answer<ChannelStats>): boolean {
    const known = this.#known;
    const now = this.#context.clock();
    const isChanged = JSON.stringify(stats.json) !== JSON.stringify(known.stats?.json);
    if (isChanged && known.stats !== undefined) known.changedAt = now;
    known.answeredAt = now;
    known.stats = stats;
    return isChanged;
  }

  async #renewTrust(ask: () => Promise<Answer<Trust>>): Promise<void> {
    const now = this.#context.clock();
    if (now - this.#known.trustAskedAt < TRUST_EVERY_MS) return;
    this.#known.trustAskedAt = now;
    this.#known.trust = (await ask()).value;
  }

  #append({ json, value }: Answer<ChannelStats>): void {
    const { write } = this.#context;
    if (this.#options.json === true) write(`${safeJson(json)}\n`);
    else write(statsText(value, undefined, this.#options, this.#context));
  }

  #text(): string {
    const { stats, trust } = this.#known;
    return stats === undefined ? '' : statsText(stats.value, trust, this.#options, this.#context);
  }

  /** While the first answer does not come, or a further one. */
  #waitingStatus(text: string): string {
    const { width, hasColors } = this.#context.screen();
    return styleFor({ hasColors }).attention(cut(`! ${safeName(text)}`, width));
  }

  #status(problem: string | undefined, wait: number): string {
    const { width, hasColors } = this.#context.screen();
    const style = styleFor({ hasColors });
    const { answeredAt, changedAt } = this.#known;
    if (problem === undefined) {
      const changed = changedAt === undefined ? '' : `, last change at ${dates.time(changedAt)}`;
      return style.quiet(cut(`Live${changed}. Ctrl-C ends.`, width));
    }
    const since =
      answeredAt === undefined ? 'Not reached yet' : `Not reached since ${dates.time(answeredAt)}`;
    const again = `asked again in ${Math.round(wait / SECOND_MS)} s`;
    return style.attention(cut(`! ${since}, ${again}: ${safeName(problem)}`, width));
  }
}

/** What keeps the service from answering for now. @throws whatever will not be otherwise the next time */
function problemForNow(error: unknown): string {
  const known = serviceError(error);
  if (known instanceof UnreachableError) return known.message;
  throw error;
}
