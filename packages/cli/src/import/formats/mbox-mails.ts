import PostalMime from 'postal-mime';
import { cutLinesIn } from '../files/lines.ts';
import type { SourceFile } from '../files/source.ts';

/** What the header of a mail tells. The body is not even kept until it ends. */
export interface MailHeader {
  /** Which mail of the file it is; the first one is 1. */
  number: number;
  /** Without its angle brackets, as all ids of mails here. */
  messageId: string | undefined;
  /** Of all senders, in small letters. */
  from: readonly string[];
  to: string;
  date: string | undefined;
  references: readonly string[];
  inReplyTo: string | undefined;
  autoSubmitted: string | undefined;
}

/** A mail, or what keeps it from being read. */
export type ReadMail = MailHeader | { number: number; problem: string };

/** `From`, an address, and a time as asctime writes it: nothing else at the beginning of a line begins a mail. */
const BEGINS_MAIL =
  /^From .*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d|\d+ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)).*\d{4}/;

/** How long a header may be, in characters: the longest that mail servers take are far shorter. */
const LONGEST_HEADER = 1024 ** 2;

const KEPT_FIELDS = /^(message-id|from|to|date|references|in-reply-to|auto-submitted)\s*:/i;

export function beginsMail(line: string): boolean {
  return BEGINS_MAIL.test(line);
}

/** The mails of an mbox file, one at a time. */
export async function* mailsOf(file: SourceFile): AsyncGenerator<ReadMail> {
  let number = 0;
  let header: string[] | undefined;
  let length = 0;
  // Mails may begin behind an empty line, and at the beginning of the file.
  let isBehindEmpty = true;
  for await (const line of rawLines(file)) {
    if (isBehindEmpty && header === undefined && beginsMail(line)) {
      number += 1;
      header = [];
      length = 0;
    } else if (header !== undefined) {
      length += line.length;
      if (line === '' || length > LONGEST_HEADER) {
        yield length > LONGEST_HEADER
          ? { number, problem: 'its header is too long' }
          : await headerOf(number, header);
        header = undefined;
      } else header.push(line);
    }
    isBehindEmpty = line === '';
  }
  if (header !== undefined) yield await headerOf(number, header);
}

/** Lines of any bytes, each byte a character: what is no header is of any encoding. A line that is too long is cut. */
async function* rawLines(file: SourceFile): AsyncGenerator<string> {
  for await (const { bytes } of cutLinesIn(file.open())) {
    const line = bytes.toString('latin1');
    yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

async function headerOf(number: number, lines: readonly string[]): Promise<ReadMail> {
  const mail = await PostalMime.parse(Buffer.from(`${keptLines(lines).join('\r\n')}\r\n\r\n`, 'latin1'));
  const autoSubmitted = mail.headers.find(({ key }) => key === 'auto-submitted')?.value;
  return {
    number,
    messageId: idsIn(mail.messageId)[0],
    from: addressesOf(mail.from),
    to: (mail.to ?? []).flatMap((one) => addressesOf(one)).join(', '),
    date: mail.headers.find(({ key }) => key === 'date')?.value,
    references: idsIn(mail.references),
    inReplyTo: idsIn(mail.inReplyTo)[0],
    autoSubmitted: autoSubmitted?.trim().toLowerCase(),
  };
}

/** The fields that are wanted, with the lines that each goes on in: a subject is text of a person. */
function keptLines(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let isKept = false;
  for (const line of lines) {
    if (!/^\s/.test(line)) isKept = KEPT_FIELDS.test(line);
    if (isKept) kept.push(line);
  }
  return kept;
}

type Address = { address?: string | undefined; group?: readonly Address[] | undefined };

function addressesOf(address: Address | undefined): string[] {
  if (address === undefined) return [];
  const own = address.address === undefined ? [] : [address.address.trim().toLowerCase()];
  return [...own, ...(address.group ?? []).flatMap((one) => addressesOf(one))];
}

/** Ids of mails, `<a@b> <c@d>`; text without angle brackets is one id. */
function idsIn(field: string | undefined): string[] {
  if (field === undefined) return [];
  const bracketed = [...field.matchAll(/<([^<>]*)>/g)].map(([, id = '']) => id.replace(/\s+/g, ''));
  const ids = bracketed.length > 0 ? bracketed : [field.trim()];
  return ids.filter((id) => id !== '');
}
