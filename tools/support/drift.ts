import type { DailyCounter } from '../../functions/shared/domain/daily-counter.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import {
  addDays,
  DAY_MS,
  dayOf,
  type EpochMillis,
  startOf,
  type UtcDay,
} from '../../functions/shared/domain/utc-day.ts';

/** A channel's day on which other messages are stored than were counted. */
export interface Drift {
  day: UtcDay;
  channelId: string;
  stored: number;
  counted: number;
}

/** The first day that is still fully stored: from its first instant on, no message can have expired. */
export function firstFullDay(now: EpochMillis, retentionDays: number): UtcDay {
  const earliest = now - retentionDays * DAY_MS;
  const day = dayOf(earliest);
  return startOf(day) > earliest ? day : addDays(day, 1);
}

/** Counts messages by channel and day. */
export class StoredCounts {
  readonly #counts = new Map<string, { day: UtcDay; channelId: string; stored: number }>();

  add(messages: readonly UserMessage[]): void {
    for (const { channelId, sentAt } of messages) this.#entry(dayOf(sentAt), channelId).stored += 1;
  }

  /** How many there are from a day on. */
  total(from: UtcDay): number {
    return [...this.#counts.values()].reduce((sum, { day, stored }) => (day < from ? sum : sum + stored), 0);
  }

  /**
   * Compares them with what was counted.
   *
   * @param counters those of the days that are compared
   * @param from the first day that is compared
   * @returns where the two differ, by day and channel
   */
  drift(
    counters: readonly Pick<DailyCounter, 'day' | 'channelId' | 'messageCount'>[],
    from: UtcDay,
  ): Drift[] {
    const counted = new Map(counters.map((counter) => [nameOf(counter), counter.messageCount]));
    for (const { day, channelId } of counters) this.#entry(day, channelId);
    return [...this.#counts]
      .map(([name, entry]): Drift => ({ ...entry, counted: counted.get(name) ?? 0 }))
      .filter(({ day, stored, counted: known }) => day >= from && stored !== known)
      .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  }

  #entry(day: UtcDay, channelId: string): { stored: number } {
    const name = nameOf({ day, channelId });
    const entry = this.#counts.get(name) ?? { day, channelId, stored: 0 };
    this.#counts.set(name, entry);
    return entry;
  }
}

function nameOf({ day, channelId }: { day: UtcDay; channelId: string }): string {
  return `${day}\n${channelId}`;
}
