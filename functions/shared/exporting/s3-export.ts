import type { Dependencies } from '../runtime/dependencies.ts';
import type { PutObject } from '../runtime/s3-client.ts';
import type { Table } from '../store/dynamodb.ts';
import { SealedDays } from '../store/sealed-days.ts';
import type { PeerDay } from './announced-days.ts';
import type { DayExport, ExportedDays } from './day-export.ts';
import { Failures } from './failures.ts';
import { USAGE_FILE_TYPE, usageFile } from './usage-file.ts';

const DAYS_AT_ONCE = 8;

/**
 * Puts days to S3, each into an object of its own, which is written anew when the day has changed. Where two write the
 * same day at a time, the later state stays: whoever has put one looks whether it is still the last one.
 */
export class S3Export implements DayExport {
  readonly #put: PutObject;
  readonly #sealed: SealedDays;
  readonly #log: Dependencies['log'];

  constructor(table: Table, { log }: Pick<Dependencies, 'log'>, put: PutObject) {
    this.#put = put;
    this.#sealed = new SealedDays(table);
    this.#log = log;
  }

  async export(days: readonly PeerDay[], outOfTime: () => boolean): Promise<ExportedDays> {
    const failures = new Failures(this.#log);
    const left = await failures.among(days, DAYS_AT_ONCE, async (day) => {
      let put: number | undefined;
      while (!outOfTime()) {
        const sealed = await this.#sealed.readDay(day.peerId, day.day);
        if (sealed === undefined || sealed.revision === put) return undefined;
        const { key, body } = usageFile(sealed);
        await this.#put(key, body, USAGE_FILE_TYPE);
        put = sealed.revision;
      }
      return day;
    });
    return { left: [...left, ...failures.days] };
  }
}
