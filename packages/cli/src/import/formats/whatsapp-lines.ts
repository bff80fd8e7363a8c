import { hourOf } from '../date-format.ts';

/** The beginning of a line that begins something in a WhatsApp chat. */
export interface ChatLine {
  /** The three numbers of the date, in the order in which they stand there. */
  date: readonly [DateNumber, DateNumber, DateNumber];
  hour: number;
  minute: number;
  second: number;
  /** Without the characters that set it apart; nothing where the line is about the chat itself. */
  author: string | undefined;
  /** Whether a mark says that the phone wrote what follows: of the chat, or of an attachment. */
  isMarked: boolean;
  /** Whether it is known to be of the chat, although somebody's name stands before it. */
  isSystem: boolean;
}

export interface DateNumber {
  value: number;
  digits: number;
}

const LEFT_TO_RIGHT = '\u200e';
/** Marks and embeddings of direction, which stand around dates, numbers and names. */
const DIRECTION_MARKS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const BEGINS_MARKED = new RegExp(`^[\\u200f\\u202a-\\u202e\\u2066-\\u2069]*${LEFT_TO_RIGHT}`);

/** What phones write for before and after noon, with no points and spaces. */
const BEFORE_NOON = [
  'am',
  'पूर्वाह्न',
  'ص',
  'ق.ظ',
  '午前',
  '上午',
  '오전',
  'πμ',
  'π.μ',
  'de',
  'dop',
  'öö',
  'sa',
  'fm',
  'ip',
  'vm',
];
const AFTER_NOON = [
  'pm',
  'अपराह्न',
  'م',
  'ب.ظ',
  '午後',
  '下午',
  '오후',
  'μμ',
  'μ.μ',
  'du',
  'odp',
  'ös',
  'ch',
  'em',
  'nm',
];

const SPACE = '[\\s\\u00a0\\u202f]';
const HALVES = [...BEFORE_NOON, ...AFTER_NOON]
  .map((half) => [...half.replaceAll('.', '')].join(`\\.?${SPACE}?`))
  .toSorted((a, b) => b.length - a.length)
  .join('|');
const DATE = `(?<first>\\d{1,4})(?<between>[/.-])${SPACE}?(?<second>\\d{1,2})\\k<between>${SPACE}?(?<third>\\d{1,4})\\.?`;
// Some languages have a short word between date and time.
const BETWEEN = `(?:[,،]?${SPACE}+(?:\\p{L}{1,3}${SPACE}+)?|,)`;
const TIME =
  `(?:(?<before>${HALVES})\\.?${SPACE}*)?(?<hour>\\d{1,2})[:.](?<minute>\\d\\d)(?:[:.](?<seconds>\\d\\d))?` +
  `(?:${SPACE}*(?<behind>${HALVES})\\.?)?`;
const LINE = new RegExp(
  `^(?:\\[${named(DATE)}${BETWEEN}${named(TIME)}\\]${SPACE}?` +
    `|${DATE}${BETWEEN}${TIME}${SPACE}[-–]${SPACE})`,
  'iu',
);

/** A pattern whose groups have names of their own, so that it can stand in another one twice. */
function named(pattern: string): string {
  return pattern.replaceAll('<', '<i');
}

/** What the phone says in the name of the chat or of a person, in the languages in which it was seen. */
const SYSTEM_PHRASES = [
  /end-to-end encrypted|Ende-zu-Ende-verschlüsselt|cifrad[oa]s? de extremo a extremo|chiffrés de bout en bout/i,
  /criptografia de ponta a ponta|crittografat[ie] end-to-end|end-to-end versleuteld/i,
  /^You('re| are| were| have)? (now|no longer|added|removed|left|joined|changed|created|blocked|unblocked|pinned|turned|deleted this group)/,
  /(created (this )?group|joined using (this|an|a)|changed (this|the) (group|subject|community|chat)|changed their phone number)/,
  /^(Your security code|This (chat|business|group)|The business|Only admins|Missed (voice|video|group)|(Voice|Video) call)/,
  /\b(turned (on|off) disappearing messages|pinned a message)\b/,
];

/** Reads the beginning of a line. Nothing where it begins nothing, and belongs to what stands above it. */
export function readChatLine(written: string): ChatLine | undefined {
  const text = westernDigits(written.replace(/^[\u200e\u200f\u202a-\u202e\ufeff]+/, ''));
  const match = LINE.exec(text);
  const parts = match?.groups;
  if (match === null || parts === undefined) return undefined;
  const part = (name: string): string | undefined => parts[name] ?? parts[`i${name}`];
  const hour = hourIn(Number(part('hour')), part('before') ?? part('behind'));
  const minute = Number(part('minute'));
  const second = Number(part('seconds') ?? 0);
  if (hour === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = [part('first'), part('second'), part('third')] as const;
  return {
    date: [dateNumber(date[0]), dateNumber(date[1]), dateNumber(date[2])],
    hour,
    minute,
    second,
    ...authorship(written.slice(written.length - (text.length - match[0].length))),
  };
}

function dateNumber(digits = ''): DateNumber {
  return { value: Number(digits), digits: digits.length };
}

function hourIn(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour;
  const plain = half.toLowerCase().replace(/[.\s\u00a0\u202f]/g, '');
  // Some phones write 13:05 PM.
  if (hour > 12) return hour;
  const isAfterNoon = AFTER_NOON.some((one) => one.replaceAll('.', '') === plain);
  return hourOf(hour === 0 ? 12 : hour, isAfterNoon ? 'p' : 'a');
}

/** Arabic, Persian and Devanagari digits as ours: each is one character, so that nothing moves. */
function westernDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (digit) =>
    String((digit.charCodeAt(0) - (digit < '\u06f0' ? 0x660 : digit < '\u0966' ? 0x6f0 : 0x966)) % 10),
  );
}

const QUOTATION_MARKS = /["“”„«»「」]/g;

function authorship(rest: string): Pick<ChatLine, 'author' | 'isMarked' | 'isSystem'> {
  const colon = /:(?:\s|$)/.exec(rest)?.index;
  if (colon === undefined) return { author: undefined, isMarked: BEGINS_MARKED.test(rest), isSystem: true };
  const author = plainAuthor(rest.slice(0, colon));
  const said = rest.slice(colon + 1);
  const isMarked = BEGINS_MARKED.test(said.trimStart());
  const isPhrase =
    isMarked && SYSTEM_PHRASES.some((one) => one.test(said.replace(DIRECTION_MARKS, '').trim()));
  // In "A changed the subject from “Support: old” …" what stands before the colon is no name: it opens a quotation.
  const opensQuotation = (author.match(QUOTATION_MARKS) ?? []).length % 2 === 1;
  return { author, isMarked, isSystem: opensQuotation || author === '' || isPhrase };
}

/** Who wrote something, without marks of direction and without the sign of a name that is not in the contacts. */
export function plainAuthor(author: string): string {
  return author
    .replace(DIRECTION_MARKS, '')
    .replace(/[\u00a0\u202f]/g, ' ')
    .replace(/^~\s?/, '')
    .trim()
    .normalize('NFC');
}

/** Whether what the phone wrote is an attachment: `image omitted`, `<attached: …>`. */
export function isAttachment(written: string): boolean {
  return /: ?\u200e?(<|.*\bomitted$)/.test(written);
}
