import type { PeerDay } from './announced-days.ts';

/** What became of some days. */
export interface ExportedDays {
  /** Those that have to come again. */
  left: PeerDay[];
  /** How many rows the third party did not take; they are kept. */
  rowsRefused?: number;
  /** How many gaps were listed. */
  gaps?: number;
}

/** Brings days of peers to where they are exported, each as its snapshot is now. */
export interface DayExport {
  /**
   * @param days all different
   * @param outOfTime tells when to begin nothing new
   * @throws where nothing can be exported at all
   */
  export(days: readonly PeerDay[], outOfTime: () => boolean): Promise<ExportedDays>;
}

/** An export that keeps what was sent, and sends of a day what is above that. */
export interface IncreasesExport extends DayExport {
  /**
   * Takes all of some days for sent, and sends nothing: for days of which more was sent than is known, as after a
   * restore.
   *
   * @param days all different
   * @returns of how many days something was not known to be sent
   */
  assumeSent(days: readonly PeerDay[]): Promise<number>;
}
