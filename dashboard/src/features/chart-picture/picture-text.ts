import { type DisplayName, namedBy, plainName } from '../../../../functions/shared/domain/display-names.ts';
import type { DayRange, Interval } from '../../../../functions/shared/domain/interval.ts';
import type { Metric } from '../../../../functions/shared/domain/metrics.ts';
import { isolated } from '../../../../functions/shared/domain/name-in-text.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { fileStem } from '../channel-usage/usage-csv.ts';
import type { Stack } from '../over-time/stack.ts';

/** Whose figures a chart shows, and which of them. */
export interface PictureSubject {
  peerId: string;
  metric: Metric['name'];
  /** The chosen days; nothing for all time. */
  days: DayRange | undefined;
  today: UtcDay;
  /** The channel that is shown alone. */
  only: { channelId: string; name: DisplayName } | undefined;
  /** Whether disabled channels are among those that are shown. */
  showsDisabled: boolean;
}

/** Tells whether a text has room. */
export type Fits = (text: string) => boolean;

/** `channel-usage-peer_123-messages-2026-11-01_2026-11-15.png` */
export function pictureFileName({ peerId, metric, days, only }: PictureSubject): string {
  return `${fileStem([peerId, metric, only?.channelId], days)}.png`;
}

/** The days that a chart shows: the chosen ones; of all time those of its bars, up to today. */
export function shownDays({ days, today }: PictureSubject, { bars }: Stack): DayRange {
  if (days !== undefined) return days;
  const [first, last] = [bars[0]?.start ?? today, bars.at(-1)?.end ?? today];
  return { from: first, to: last < today ? last : today };
}

/** What stands under the title, one line each. @param rangeText the shown days, as the reader writes them */
export function pictureLines(
  subject: PictureSubject,
  interval: Interval,
  rangeText: string,
  fits: Fits,
): string[] {
  const { peerId, only, showsDisabled } = subject;
  const lines = [nameThatFits({ name: peerId }, fits), `${rangeText}, by ${interval}, in UTC`];
  if (only !== undefined) {
    const line = (name: string) => `Only ${name}`;
    lines.push(line(nameThatFits(only.name, (name) => fits(line(name)))));
  } else if (showsDisabled) {
    lines.push('With disabled channels');
  }
  return lines;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A name as text, isolated from what stands beside it; as much of it as fits, and of its id too. */
export function nameThatFits(of: DisplayName, fits: Fits): string {
  const whole = plainName(of);
  if (fits(whole)) return whole;
  const cutTo = (most: number) =>
    namedBy(of, (text) => {
      const letters = Array.from(graphemes.segment(text), ({ segment }) => segment);
      return isolated(letters.length > most ? `${letters.slice(0, most).join('')}…` : text);
    });
  let [fitting, tooMany] = [1, whole.length];
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2);
    if (fits(cutTo(middle))) fitting = middle;
    else tooMany = middle;
  }
  return cutTo(fitting);
}

/** The place of something in rows. */
export interface Place {
  /** In pixels from the start of the row. */
  x: number;
  /** From 0. */
  row: number;
}

/** Places for things of some widths one after the other, in a new row where one has no more room. */
export function inRows(widths: readonly number[], { room, gap }: { room: number; gap: number }): Place[] {
  let [x, row] = [0, 0];
  return widths.map((width) => {
    if (x > 0 && x + width > room) [x, row] = [0, row + 1];
    const place = { x, row };
    x += width + gap;
    return place;
  });
}
