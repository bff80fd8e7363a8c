import { type AnalyticsGap, nextClaim } from '../domain/google-analytics-day.ts';
import { noonOf } from '../domain/usage-increase.ts';
import { DAY_MS, MINUTE_MS, type UtcDay } from '../domain/utc-day.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { AnalyticsGaps } from '../store/analytics-gaps.ts';
import type { Table } from '../store/dynamodb.ts';
import { GoogleAnalyticsDays } from '../store/google-analytics-days.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import { SealedDays } from '../store/sealed-days.ts';
import type { PeerDay } from './announced-days.ts';
import type { ExportedDays, IncreasesExport } from './day-export.ts';
import { Failures } from './failures.ts';
import type { MeasurementProtocol } from './measurement-protocol.ts';

/** So many days are sent at a time. */
const DAYS_AT_ONCE = 4;

const OLDEST_MS = 3 * DAY_MS;
/** Longer than a request takes, and than clocks differ. */
const MARGIN_MS = 5 * MINUTE_MS;

const REASON = {
  /** Of a claim that nothing more is known of. */
  unknown: 'it was about to be sent, and whether it arrived is not known',
  tooOld: 'it is older than the 72 hours that Google Analytics takes',
  assumed: 'it was taken for sent, because more was sent of the day than is known',
} as const;

/** Whether Google Analytics takes nothing of a day any more. */
export function isTooOld(day: UtcDay, now: number): boolean {
  return noonOf(day) < now - OLDEST_MS + MARGIN_MS;
}

/**
 * Sends days to Google Analytics: of each, by how much it is above what was claimed before. Since Google Analytics
 * counts what is sent twice twice, everything is claimed before it is sent, and sent once at most; what may not have
 * arrived stays listed as a gap.
 */
export class GoogleAnalyticsExport implements IncreasesExport {
  readonly #protocol: Pick<MeasurementProtocol, 'send'>;
  readonly #sealed: SealedDays;
  readonly #days: GoogleAnalyticsDays;
  readonly #gaps: AnalyticsGaps;
  readonly #dependencies: Pick<Dependencies, 'clock' | 'waiting' | 'log'>;

  constructor(
    table: Table,
    dependencies: Pick<Dependencies, 'clock' | 'waiting' | 'log'>,
    protocol: Pick<MeasurementProtocol, 'send'>,
  ) {
    this.#protocol = protocol;
    this.#sealed = new SealedDays(table);
    this.#days = new GoogleAnalyticsDays(table);
    this.#gaps = new AnalyticsGaps(table);
    this.#dependencies = dependencies;
  }

  async export(days: readonly PeerDay[], outOfTime: () => boolean): Promise<ExportedDays> {
    const failures = new Failures(this.#dependencies.log);
    let gaps = 0;
    const left = await failures.among(days, DAYS_AT_ONCE, async (day) => {
      while (!outOfTime()) {
        const claim = await this.#claim(day);
        if (claim === undefined) return undefined;
        if (!(await this.#send(claim))) gaps += 1;
      }
      return day;
    });
    return { left: [...left, ...failures.days], gaps };
  }

  async assumeSent(days: readonly PeerDay[]): Promise<number> {
    const changed = await mapConcurrently(days, DAYS_AT_ONCE, async (day) => {
      let claims = 0;
      while ((await this.#claim(day, REASON.assumed)) !== undefined) claims += 1;
      return claims > 0;
    });
    return changed.filter(Boolean).length;
  }

  /** Claims what of a day is to be sent next; nothing where all of it was claimed. */
  #claim({ peerId, day }: PeerDay, assumed?: string): Promise<AnalyticsGap | undefined> {
    const { clock, waiting } = this.#dependencies;
    return retryOnConflict(waiting, async () => {
      const stored = await this.#days.read(peerId, day);
      // After what was claimed: so it is never less.
      const sealed = await this.#sealed.readDay(peerId, day);
      const next = sealed === undefined ? undefined : nextClaim(stored, sealed);
      if (next === undefined) return undefined;
      const reason = assumed ?? (isTooOld(day, clock()) ? REASON.tooOld : REASON.unknown);
      const gap = { ...next.claim, reason };
      await this.#days.claim(next.claimed, gap);
      return gap;
    });
  }

  /** Sends what was claimed. @returns whether it arrived */
  async #send(gap: AnalyticsGap): Promise<boolean> {
    if (gap.reason === REASON.tooOld) return false;
    const delivery = await this.#protocol.send(gap);
    const isInTime = !isTooOld(gap.day, this.#dependencies.clock());
    if (delivery === 'arrived' && isInTime) {
      await this.#gaps.close(gap);
      return true;
    }
    // It says nothing of what was too old when it came: the clock may have moved on a long way since it was claimed.
    await this.#gaps.explain({ ...gap, reason: delivery === 'arrived' ? REASON.tooOld : delivery.problem });
    return false;
  }
}
