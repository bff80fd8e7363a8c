import { monthOf } from '../../../../functions/shared/domain/month.ts';
import { isolated, shownJson, shownName } from '../../../../functions/shared/domain/name-in-text.ts';
import { textTable } from '../../../../tools/support/text-table.ts';
import type { Compared } from './compare-figures.ts';
import {
  type Difference,
  FIGURE_CODES,
  type FigureDifference,
  type Named,
  type Note,
  type Why,
} from './difference.ts';
import type { Place } from './own-list.ts';
import type { Findings, VerifySummary } from './verification.ts';

/** Tells a person or a program what was found. */
export interface VerifyReport extends Findings {
  end(summary: VerifySummary): void;
}

/** One line of JSON for each difference and each note, and a last one with the numbers. */
export function jsonReport(write: (text: string) => void): VerifyReport {
  const line = (value: object) => write(`${shownJson(JSON.stringify(value))}\n`);
  return {
    found: (finding) =>
      line(finding.kind === 'figures' ? { ...finding, says: FIGURE_CODES[finding.code] } : finding),
    end: (summary) => line({ summary }),
  };
}

/** Tables and sentences. Ids are shown without characters that do something to a terminal. */
export function textReport(write: (text: string) => void): VerifyReport {
  return {
    found: (finding) => write(`${inWords(finding)}\n`),
    figures: (compared) => write(tableOf(compared)),
    end: (summary) => write(`\n${totalsOf(summary)}`),
  };
}

/** The channels and months with differences. */
function tableOf({ days, months }: Pick<Compared, 'days' | 'months'>): string {
  const parts = [...days.map((day) => ({ ...day, month: monthOf(day.day) })), ...months];
  if (parts.length === 0) return '';
  const byMonth = Map.groupBy(parts, ({ channelId, month }) => `${month}\n${channelId}`);
  const rows = [...byMonth.values()].flatMap((ofMonth) => {
    const [first] = ofMonth;
    if (first === undefined) return [];
    const sum = (side: 'here' | 'there') => ofMonth.reduce((all, each) => all + each[side].messageCount, 0);
    return [
      [isolated(first.channelId), first.month, `${ofMonth.length}`, `${sum('here')}`, `${sum('there')}`],
    ];
  });
  return `${textTable(['CHANNEL', 'MONTH', 'DIFFERENT DAYS', 'HERE', 'THERE'], rows)}\n`;
}

function inWords(finding: Difference | Note): string {
  switch (finding.kind) {
    case 'only_here':
      return `only here      ${nameOf(finding.message)}, ${placeOf(finding.message)}${whyOf(finding)}`;
    case 'only_there':
      return `only there     fingerprint ${finding.fingerprint}, ${placeOf(finding)}`;
    case 'differs':
      return `differs        ${nameOf(finding.message)}, here ${placeWithRole(finding.message)}, there ${placeWithRole(finding.there)}${whyOf(finding)}`;
    case 'doubled':
      return `counted twice  ${nameOf(finding.message)}, ${placeOf(finding.message)}, and ${placeOf(finding.there)}`;
    case 'figures':
      return `figures differ ${figuresInWords(finding)}`;
    case 'waiting':
      return `not yet        ${nameOf(finding.message)}, ${placeOf(finding.message)}${whyOf(finding, 'it may be counted later')}`;
    case 'bad_line':
      return `bad line       line ${finding.line}: ${shownName(finding.problem)}`;
    case 'other_copy':
      return `other copy     ${nameOf(finding.message)}, ${placeWithRole(finding.message)}; its first line says ${placeWithRole(finding.first)}, and is taken`;
    case 'not_proven':
      return `not compared   days of ${finding.month}, with ${finding.messages} messages here: their evidence is gone, and only the whole month could be compared`;
  }
}

function figuresInWords({ code, channelId, day, month, here, there, message }: FigureDifference): string {
  const when = day ?? month;
  const place = `${isolated(channelId)}${when === undefined ? '' : ` ${when}`}`;
  const what = code === 'conversations' ? 'conversations' : 'messages';
  const named =
    message === undefined
      ? ''
      : `; that is so if ${nameOf(message)} is ${message.is === 'counted_twice' ? 'counted twice' : 'not in the figures'}`;
  return `${place}: ${here.count} ${what} here, ${there.count} there: ${FIGURE_CODES[code]}${named}`;
}

function nameOf({ line, conversationId, messageId }: Named): string {
  return `${isolated(messageId)} of ${isolated(conversationId)} (line ${line})`;
}

function placeOf({ channelId, day }: Pick<Place, 'channelId' | 'day'>): string {
  return `${isolated(channelId)} ${day}`;
}

function placeWithRole(place: Place): string {
  return `${placeOf(place)} ${place.role}`;
}

function whyOf({ reason, explanation }: Why, otherwise = ''): string {
  const words = explanation ?? reason ?? otherwise;
  return words === '' ? '' : `: ${shownName(words)}`;
}

function totalsOf(summary: VerifySummary): string {
  const { trust, range, reads, hasReasons } = summary;
  const rows: [string, number][] = [
    ['messages here', summary.messages],
    ['same', summary.same],
    ['only here', summary.onlyHere],
    ['only there', summary.onlyThere],
    ['counted elsewhere, or twice', summary.differ],
    ['figures that differ', summary.figures],
    ['not counted yet', summary.waiting],
    ['of months not wholly compared', summary.notProven],
    ['on other days, not compared', summary.outOfRange],
    ['of roles that do not count', summary.otherRoles],
    ['lines that repeat a message', summary.copies],
    ['of which say something else of it', summary.otherCopies],
    ['lines that are no message', summary.badLines],
    ['compared by counts, without digest', summary.digestsUnknown],
    ['requests', reads.requests],
    ['fingerprints read', reads.fingerprints],
  ];
  const always = new Set([
    'messages here',
    'same',
    'only here',
    'only there',
    'requests',
    'fingerprints read',
  ]);
  const shown = rows.filter(([name, number]) => number > 0 || always.has(name));
  const width = Math.max(...shown.map(([name]) => name.length));
  const lines = shown.map(([name, number]) => `${name.padEnd(width)}  ${number}\n`).join('');
  const through = trust.countedThrough ?? 'an unknown instant';
  const sentences = [
    `${range.from} to ${range.to}; counted through ${through} (${trust.status})\n`,
    ...(hasReasons ? [] : ['Reasons are left out: the key has no scope messages:read.\n']),
  ];
  return `${sentences.join('')}${lines}`;
}
