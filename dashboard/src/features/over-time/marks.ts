import type { DisplayName } from '../../../../functions/shared/domain/display-names.ts';
import {
  channelOf,
  type Finding,
  shortNameOf,
} from '../../../../functions/shared/domain/findings/findings.ts';
import type { DayRange } from '../../../../functions/shared/domain/interval.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { daysJudged } from '../../state/narrowing.ts';
import type { Bar } from './stack.ts';

/** A finding, on the bars of the days that it judges. */
export interface Mark {
  severity: Finding['severity'];
  /** In short, such as `drop`. */
  found: string;
  channel: DisplayName;
  days: DayRange;
}

/** What is marked in a chart. */
export interface Marks {
  /** What is found about a bar's days, by its first day. */
  byBar: ReadonlyMap<UtcDay, readonly Mark[]>;
  /** From which bar to which some findings judge together that judge more than one day. */
  spans: readonly { severity: Finding['severity']; first: UtcDay; last: UtcDay }[];
}

export const NO_MARKS: Marks = { byBar: new Map(), spans: [] };

/**
 * The findings on the bars that they judge.
 *
 * @param names what channels are called among each other
 */
export function marksOn(
  bars: readonly Bar[],
  findings: readonly Finding[],
  names: ReadonlyMap<string, DisplayName>,
): Marks {
  const marks = findings.flatMap((finding): Mark[] => {
    const [days, channelId] = [daysJudged(finding), channelOf(finding)];
    // Who says that counting is behind has judged nothing.
    if (days === undefined || channelId === undefined) return [];
    const channel = names.get(channelId) ?? { name: channelId };
    return [{ severity: finding.severity, found: shortNameOf(finding), channel, days }];
  });
  const byBar = new Map(
    bars.flatMap((bar) => {
      const found = marks.filter(({ days }) => days.from <= bar.end && days.to >= bar.start);
      return found.length === 0 ? [] : [[bar.start, found] as const];
    }),
  );
  const spans = (['warning', 'info'] as const).flatMap((severity) => {
    const spanned = bars.filter(({ start }) =>
      byBar.get(start)?.some((mark) => mark.severity === severity && mark.days.from < mark.days.to),
    );
    const [first, last] = [spanned[0], spanned.at(-1)];
    return first && last ? [{ severity, first: first.start, last: last.start }] : [];
  });
  return { byBar, spans };
}

/** The severity of a bar's own mark: the worst of the findings that judge one day alone. */
export function ownSeverity(marks: readonly Mark[] | undefined): Finding['severity'] | undefined {
  const own = marks?.filter(({ days }) => days.from === days.to) ?? [];
  return own.find(({ severity }) => severity === 'warning')?.severity ?? own[0]?.severity;
}

/** What tells a mark from the others of a bar. */
export function markKey({ found, channel: { name, channelId } }: Mark): string {
  return JSON.stringify([found, name, channelId]);
}
