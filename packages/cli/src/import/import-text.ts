import type { Screen } from '../cli-context.ts';
import { inLines } from '../drawing/page.ts';
import { bar } from '../terminal/bar.ts';
import { counted, formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { type Style, styleFor } from '../terminal/style.ts';
import { cut, padEnd, padStart, widthOf, wrap } from '../terminal/text-width.ts';
import { type DryRunReport, type ImportReport, type RecordedReport, refusedIn } from './import-report.ts';

type Paper = Pick<Screen, 'width' | 'hasColors'>;

/** So many reasons are told; the file has them all. */
const MOST_REASONS = 12;
const WIDEST = 100;
const GAP = 2;
const LONGEST_BAR = 30;
/** So many columns a name needs. */
const NARROWEST = 8;

/** What was recorded, for people. */
export function recordedText(report: RecordedReport, paper: Paper): string {
  const { style, width } = on(paper);
  return inLines([
    ...wrap(`Recorded for ${safeName(report.peerId)} at ${safeName(report.destination)}`, width).map(
      style.strong,
    ),
    ...figures([
      ['messages in the files', report.messages + refusedInFiles(report)],
      ['recorded', report.recorded],
      ['there already', report.alreadyThere],
      ['refused', refusedIn(report)],
      ['repeated in the files', report.repeated],
      ['skipped', sum(report.skipped)],
    ]),
    ...reasons(report, style, width),
    '',
    ...channelTable(report, style, width),
  ]);
}

/** What would be counted, for people. */
export function dryRunText(report: DryRunReport, paper: Paper): string {
  const { style, width } = on(paper);
  const { recordedFrom: from } = report;
  return inLines([
    ...wrap(
      `Dry run: nothing was recorded. What would be, for ${safeName(report.peerId)} at ${safeName(report.destination)}`,
      width,
    ).map(style.strong),
    ...figures([
      ['messages', report.messages],
      ['refused', refusedIn(report)],
      ['repeated in the files', report.repeated],
      ['skipped', sum(report.skipped)],
    ]),
    ...(from === undefined
      ? []
      : wrap(
          `What was sent before ${from.instant} is too old: ${from.firstWholeDay} is the first whole day (UTC).`,
          width,
        )),
    ...reasons(report, style, width),
    ...refusedDays(report, style, width),
    ...report.channels.flatMap((channel) => ['', ...channelDays(channel, style, width)]),
    '',
    ...channelTable(report, style, width),
    ...wrap('Messages of users count; of what is recorded already nothing counts again.', width).map(
      style.quiet,
    ),
  ]);
}

function on({ width, hasColors }: Paper): { style: Style; width: number } {
  return { style: styleFor({ hasColors }), width: Math.min(WIDEST, width) };
}

/** Refused by whoever read the files: these are no messages of the report. */
function refusedInFiles({ messages, refused, ...report }: RecordedReport): number {
  return report.recorded + report.alreadyThere + refusedIn({ refused }) - messages;
}

function sum(numbers: readonly { number: number }[]): number {
  return numbers.reduce((total, { number }) => total + number, 0);
}

function figures(rows: readonly (readonly [string, number])[]): string[] {
  const shown = rows.map(([words, number]) => [words, formats.count(number)] as const);
  const words = Math.max(...shown.map(([text]) => text.length));
  const digits = Math.max(...shown.map(([, text]) => text.length));
  return shown.map(([text, figure]) => `  ${padEnd(text, words)}  ${padStart(figure, digits)}`);
}

function reasons(
  { refused, refusedFile, skipped, warnings }: ImportReport,
  style: Style,
  width: number,
): string[] {
  const list = (title: string, told: readonly Told[], look = style.attention) => {
    if (told.length === 0) return [];
    const more = told.length - MOST_REASONS;
    return [
      '',
      ...wrap(title, width).map(look),
      ...told.slice(0, MOST_REASONS).flatMap((one) => reasonLines(one, width)),
      ...(more > 0 ? [`  and ${counted(more, 'more reason')}`] : []),
    ];
  };
  return [
    ...list(
      `Refused${refusedFile === undefined ? '' : `, all of it in ${safeName(refusedFile)}`}`,
      refused.map(({ code, number, place, reason }) => ({
        number,
        // The others of the same code may have other reasons.
        text: number === 1 ? `${code}: ${reason}` : `${code}, the first: ${reason}`,
        place,
      })),
    ),
    ...list(
      'Skipped',
      skipped.map(({ reason, number }) => ({ number, text: reason })),
      style.strong,
    ),
    ...list(
      'To be looked at',
      warnings.map(({ warning, number, place }) => ({ number, text: warning, place })),
    ),
  ];
}

function refusedDays({ refusedDays: refused = [] }: DryRunReport, style: Style, width: number): string[] {
  if (refused.length === 0) return [];
  const more =
    refused.length > MOST_REASONS ? [`  and ${formats.count(refused.length - MOST_REASONS)} more`] : [];
  const shown = refused.slice(0, MOST_REASONS).flatMap(({ reason }) => wrap(reason, width - 2));
  return ['', style.attention('Days that would be refused'), ...shown.map((line) => `  ${line}`), ...more];
}

interface Told {
  number: number;
  text: string;
  /** The first one. */
  place?: string;
}

function reasonLines({ number, text, place }: Told, width: number): string[] {
  const [first = '', ...rest] = wrap(`${formats.count(number)} ${safeName(text)}`, width - 4);
  const example = place === undefined ? [] : wrap(`such as ${safeName(place)}`, width - 4);
  return [`  ${first}`, ...[...rest, ...example].map((line) => `    ${line}`)];
}

/** Rows whose first column takes the room that the figures leave; the last figures go where there is too little. */
function table(rows: readonly (readonly string[])[], width: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const others = widths.slice(1).reduce((total, one) => total + one + GAP, 0);
  if (others + NARROWEST > width && widths.length > 2) {
    return table(
      rows.map((row) => row.slice(0, -1)),
      width,
    );
  }
  const first = Math.max(NARROWEST, Math.min(widths[0] ?? 0, width - others));
  return rows.map(([name = '', ...cells]) =>
    [padEnd(cut(name, first), first), ...cells.map((cell, column) => padStart(cell, widths[column + 1] ?? 0))]
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

function channelTable({ channels }: ImportReport, style: Style, width: number): string[] {
  const rows = channels.map(({ channelId, userMessages, conversations, messages }) => [
    safeName(channelId),
    ...[userMessages, conversations, messages].map(formats.count),
  ]);
  const [heading = '', ...lines] = table(
    [['channel', 'of users', 'conversations', 'all roles'], ...rows],
    width,
  );
  return [style.quiet(heading), ...lines];
}

function channelDays(
  { channelId, userMessages, conversations, roles, days }: DryRunReport['channels'][number],
  style: Style,
  width: number,
): string[] {
  const byRole = Object.entries(roles).map(([role, number]) => `${formats.count(number)} ${role}`);
  const most = Math.max(0, ...days.map(({ messages }) => messages));
  const rows = days.map((day) => [day.day, formats.count(day.messages), formats.count(day.conversations)]);
  const [heading = '', ...lines] = table([['day', 'messages', 'conversations'], ...rows], width);
  const barWidth = Math.min(LONGEST_BAR, width - heading.length - GAP - 2);
  return [
    style.strong(cut(safeName(channelId), width)),
    ...wrap(
      `${counted(userMessages, 'message')} of users in ${counted(conversations, 'conversation')}; by role: ${byRole.join(', ')}`,
      width,
    ),
    ...(days.length === 0 ? [] : [style.quiet(`  ${heading}`)]),
    ...lines.map((line, index) => {
      const share = (100 * (days[index]?.messages ?? 0)) / most;
      return `  ${line}${barWidth < 5 ? '' : `${' '.repeat(GAP)}${bar(share, barWidth, style)}`}`;
    }),
  ];
}
