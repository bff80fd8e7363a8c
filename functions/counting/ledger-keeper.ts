import { type DayLedger, type LedgerChange, type LedgerKey, lastMessageAt } from '../domain/day-ledger.ts';
import type { ChannelStore } from '../store/channel-store.ts';
import type { LedgerStore } from '../store/ledger-store.ts';
import { despiteContention, type Waiting } from './contention.ts';

/** Changes ledgers that others change at the same time. */
export class LedgerKeeper {
  readonly #ledgers: LedgerStore;
  readonly #channels: ChannelStore;
  readonly #waiting: Waiting;

  constructor(ledgers: LedgerStore, channels: ChannelStore, waiting: Waiting) {
    this.#ledgers = ledgers;
    this.#channels = channels;
    this.#waiting = waiting;
  }

  /**
   * Reads a ledger, decides on a change of it and stores the change; where another writer was faster, all
   * of it again, from what that writer left.
   *
   * @param decide makes the change, or nothing where none is needed (any more)
   * @throws ContentionError where others were faster time and again
   */
  async change(
    key: LedgerKey,
    decide: (ledger: DayLedger) => Promise<LedgerChange | undefined>,
  ): Promise<void> {
    await despiteContention(this.#waiting, async () => {
      const change = await decide(await this.#ledgers.read(key));
      if (change !== undefined) await this.#store(change);
    });
  }

  async #store(change: LedgerChange): Promise<void> {
    const { ledger, channel } = change;
    // Both only move forward, and both come first: a crash in between leaves nothing that the repetition
    // of the whole would not do anyway.
    if (ledger.version === 1) await this.#channels.raiseLastActiveDay(ledger.peerId, ledger.day);
    const last = lastMessageAt(ledger);
    if (channel?.addToTotals !== undefined && last !== undefined) {
      await this.#channels.raiseLastMessageAt(ledger.peerId, ledger.channelId, last);
    }
    await this.#ledgers.apply(change);
  }
}
