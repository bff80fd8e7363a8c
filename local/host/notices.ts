import { MINUTE_MS } from '../../functions/shared/domain/utc-day.ts';

/** What people are told of at the terminal, each with what is said of so many. */
const NOTICES = {
  givenUp: (number: number) =>
    `${counted(number, 'record')} could not be counted for too long, and ${were(number)} given up: ` +
    'they are fed back as soon as counting works again',
  fedBack: (number: number) =>
    `${counted(number, 'batch', 'batches')} of records that had been given up ${were(number)} fed back`,
  quarantined: (number: number) =>
    `${counted(number, 'record')} cannot be counted, and ${were(number)} quarantined: ` +
    'docs/operations.md#records-quarantined tells what to do',
  daysGivenUp: (number: number) =>
    `${counted(number, 'announcement')} of changed days failed time and again, and ${were(number)} given up: ` +
    'failed-announcements.jsonl in the data folder names them',
} as const;

export type NoticeKind = keyof typeof NOTICES;

/** What telling people works with. */
export interface NoticesOptions {
  tell: (line: string) => void;
  /** Calls back after so many milliseconds, and keeps no process running for that. */
  later: (milliseconds: number, callback: () => void) => void;
}

/**
 * Tells the people at the terminal what happens to their messages: the first time at once, and what follows
 * at most once a minute, with the number.
 */
export class Notices {
  readonly #options: NoticesOptions;
  /** What has happened since it was told last; a kind is not there where a minute has passed. */
  readonly #untold = new Map<NoticeKind, number>();

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** Something has happened so many times. */
  note(kind: NoticeKind, number: number): void {
    if (number === 0) return;
    const untold = this.#untold.get(kind);
    if (untold === undefined) this.#tell(kind, number);
    else this.#untold.set(kind, untold + number);
  }

  #tell(kind: NoticeKind, number: number): void {
    this.#options.tell(NOTICES[kind](number));
    this.#untold.set(kind, 0);
    this.#options.later(MINUTE_MS, () => {
      const untold = this.#untold.get(kind) ?? 0;
      this.#untold.delete(kind);
      this.note(kind, untold);
    });
  }
}

function counted(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`;
}

function were(number: number): string {
  return number === 1 ? 'was' : 'were';
}
