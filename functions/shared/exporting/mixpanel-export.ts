import {
  assumedSent,
  begun,
  ended,
  type MixpanelDay,
  type MixpanelRow,
  type RefusedRow,
} from '../domain/mixpanel-day.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { ConflictError } from '../store/conflict.ts';
import { isContention, type Table } from '../store/dynamodb.ts';
import { MixpanelDays } from '../store/mixpanel-days.ts';
import { RefusedRows } from '../store/refused-rows.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import { SealedDays } from '../store/sealed-days.ts';
import type { PeerDay } from './announced-days.ts';
import type { ExportedDays, IncreasesExport } from './day-export.ts';
import { Failures } from './failures.ts';
import type { RowOutcome } from './mixpanel-answer.ts';
import type { MixpanelImport } from './mixpanel-import.ts';

/** So many days are read, sent and stored together. */
const DAYS_AT_ONCE = 100;
/** So many of their items at a time. */
const CALLS_AT_ONCE = 8;

/** A day whose pending rows are being sent. */
interface Parcel extends PeerDay {
  state: MixpanelDay;
}

/**
 * Sends days to Mixpanel: of each, by how much it is above what was sent before. The rows are stored before they are
 * sent, and count as sent once Mixpanel has answered; whoever comes after a crash sends the same rows again, which
 * Mixpanel recognises by their ids.
 */
export class MixpanelExport implements IncreasesExport {
  readonly #import: MixpanelImport;
  readonly #sealed: SealedDays;
  readonly #days: MixpanelDays;
  readonly #refusedRows: RefusedRows;
  readonly #waiting: Dependencies['waiting'];
  readonly #log: Dependencies['log'];

  constructor(
    table: Table,
    { waiting, log }: Pick<Dependencies, 'waiting' | 'log'>,
    mixpanelImport: MixpanelImport,
  ) {
    this.#import = mixpanelImport;
    this.#sealed = new SealedDays(table);
    this.#days = new MixpanelDays(table);
    this.#refusedRows = new RefusedRows(table);
    this.#waiting = waiting;
    this.#log = log;
  }

  /** @throws MixpanelError where nothing can be sent, or it is not known what an answer means */
  async export(days: readonly PeerDay[], outOfTime: () => boolean): Promise<ExportedDays> {
    const failures = new Failures(this.#log);
    let rowsRefused = 0;
    // A day comes back until nothing of it is left to be sent.
    const waiting = [...days];
    while (waiting.length > 0 && !outOfTime()) {
      const some = waiting.splice(0, DAYS_AT_ONCE);
      const parcels = await failures.among(some, CALLS_AT_ONCE, (day) => this.#begin(day));
      const outcomes = await this.#import.send(
        parcels.flatMap(({ state }) => state.pending),
        outOfTime,
      );
      const left = parcels.filter(({ state }) => state.pending.some((row) => outcomes.get(row) === 'left'));
      const answered = parcels.filter((parcel) => !left.includes(parcel));
      const refused = await failures.among(answered, CALLS_AT_ONCE, async (parcel) => ({
        day: parcel,
        rows: await this.#end(parcel, outcomes),
      }));
      rowsRefused += refused.reduce((sum, { rows }) => sum + rows, 0);
      waiting.push(...refused.map(({ day: { peerId, day } }) => ({ peerId, day })));
      if (left.length > 0) return { left: [...left, ...waiting, ...failures.days], rowsRefused };
    }
    return { left: [...waiting, ...failures.days], rowsRefused };
  }

  async assumeSent(days: readonly PeerDay[]): Promise<number> {
    const changed = await mapConcurrently(days, CALLS_AT_ONCE, ({ peerId, day }) =>
      retryOnConflict(this.#waiting, async () => {
        const stored = await this.#days.read(peerId, day);
        const sealed = await this.#sealed.readDay(peerId, day);
        const state = sealed === undefined ? undefined : assumedSent(stored, sealed);
        if (state !== undefined) await this.#days.change(peerId, day, state);
        return state !== undefined;
      }),
    );
    return changed.filter(Boolean).length;
  }

  /**
   * Sends the rows that Mixpanel refused once more; those that it takes are kept no longer.
   *
   * @throws MixpanelError as `export` does
   */
  async retryRefused(outOfTime: () => boolean): Promise<{ taken: number; refused: number; left: number }> {
    const numbers = { taken: 0, refused: 0, left: 0 };
    for await (const page of this.#refusedRows.list()) {
      const outcomes = await this.#import.send(
        page.map(({ row }) => row),
        outOfTime,
      );
      await mapConcurrently([...outcomes], CALLS_AT_ONCE, async ([row, outcome]) => {
        numbers[nameOf(outcome)] += 1;
        if (outcome === 'taken') await this.#refusedRows.remove(row);
        else if (outcome !== 'left') await this.#refusedRows.explain({ row, reason: outcome.refused });
      });
    }
    return numbers;
  }

  /** What of a day is to be sent, as it is stored; nothing where Mixpanel has all of it. */
  #begin({ peerId, day }: PeerDay): Promise<Parcel | undefined> {
    return retryOnConflict(this.#waiting, async () => {
      const stored = await this.#days.read(peerId, day);
      if (stored.pending.length > 0) return { peerId, day, state: stored };
      // After what was sent: so it is never less.
      const sealed = await this.#sealed.readDay(peerId, day);
      const state = sealed === undefined ? undefined : begun(stored, sealed);
      if (state === undefined) return undefined;
      await this.#days.change(peerId, day, state);
      return { peerId, day, state };
    });
  }

  /** Stores what became of a day's rows. @returns how many were refused */
  async #end(
    { peerId, day, state }: Parcel,
    outcomes: ReadonlyMap<MixpanelRow, RowOutcome>,
  ): Promise<number> {
    const refused = state.pending.flatMap((row) => refusalOf(row, outcomes.get(row)));
    try {
      await this.#days.change(peerId, day, ended(state), refused);
      return refused.length;
    } catch (error) {
      // Somebody else has sent the same rows, and was faster to store it, or is about to: the day is looked at again.
      if (error instanceof ConflictError || isContention(error)) return 0;
      throw error;
    }
  }
}

function refusalOf(row: MixpanelRow, outcome: RowOutcome | undefined): RefusedRow[] {
  return typeof outcome === 'object' ? [{ row, reason: outcome.refused }] : [];
}

function nameOf(outcome: RowOutcome): 'taken' | 'left' | 'refused' {
  return typeof outcome === 'object' ? 'refused' : outcome;
}
