import { fittingId, hashedId, INVALID_MESSAGE, refused, skipped } from '../checked-message.ts';
import { dateReader } from '../date-format.ts';
import type { ExportRecord } from '../export-record.ts';
import type { SourceFile } from '../files/source.ts';
import type { OpenQuestion } from '../import-errors.ts';
import { instantIn, type ReadTime } from '../times.ts';
import {
  AuthorCounts,
  authorChoices,
  channelQuestions,
  type Format,
  type PreparedExport,
  type ReadContext,
  zoneQuestions,
} from './format.ts';
import { type MailHeader, mailsOf } from './mbox-mails.ts';

/**
 * What tells the threads of mails that have no References but In-Reply-To, from all files: only these are remembered.
 */
interface Threads {
  /** From the id of such a mail to that of the mail that it answers. */
  answered: Map<string, string>;
  /** Of mails that are answered so and have References: the first one. */
  firsts: Map<string, string>;
}

export const mbox: Format = {
  name: 'mbox',
  title: 'mails (mbox)',
  uses: ['channel', 'galleryKey', 'ownAddresses', 'timeZone'],
  async prepare(found, context) {
    // A thread goes over several files.
    const threads: Threads = { answered: new Map(), firsts: new Map() };
    const prepared: PreparedExport[] = [];
    const files = found.flatMap((one) => one.files);
    for (const file of files) prepared.push(await prepareFile(file, threads, context));
    const sought = new Set(threads.answered.values());
    if (sought.size > 0) for (const file of files) await findFirsts(file, sought, threads);
    return prepared;
  },
};

async function prepareFile(
  file: SourceFile,
  threads: Threads,
  context: ReadContext,
): Promise<PreparedExport> {
  const authors = new AuthorCounts();
  let isOwnSeen = false;
  let withoutZone: string | undefined;
  for await (const mail of mailsOf(file)) {
    if ('problem' in mail) continue;
    const { messageId, references, inReplyTo, from, date } = mail;
    if (messageId !== undefined && references.length === 0 && inReplyTo !== undefined) {
      threads.answered.set(messageId, inReplyTo);
    }
    isOwnSeen ||= isOwn(mail, context);
    for (const address of from) authors.add(address, address);
    if (date !== undefined && timeOf(date, 'UTC') !== undefined && timeOf(date, undefined) === undefined)
      withoutZone ??= date;
  }
  return {
    questions: [
      ...channelQuestions(file.name, context, 'email'),
      ...ownQuestions(file.name, isOwnSeen, authors, context),
      ...(withoutZone === undefined ? [] : zoneQuestions(file.name, context, withoutZone)),
    ],
    read: () => readFile(file, threads, context),
  };
}

async function findFirsts(file: SourceFile, sought: ReadonlySet<string>, { firsts }: Threads): Promise<void> {
  for await (const mail of mailsOf(file)) {
    if ('problem' in mail || mail.messageId === undefined || !sought.has(mail.messageId)) continue;
    const [first] = mail.references;
    if (first !== undefined) firsts.set(mail.messageId, first);
  }
}

function ownQuestions(
  about: string,
  isOwnSeen: boolean,
  authors: AuthorCounts,
  { options: { ownAddresses } }: ReadContext,
): OpenQuestion[] {
  if (isOwnSeen || authors.all.length === 0 || ownAddresses.length > 0) return [];
  return [
    {
      option: '--own-address',
      about,
      question: 'Which addresses are your own? Mails of all others count as those of users.',
      choices: authorChoices(authors.all),
      several: true,
    },
  ];
}

async function* readFile(
  file: SourceFile,
  threads: Threads,
  context: ReadContext,
): AsyncGenerator<ExportRecord> {
  for await (const mail of mailsOf(file)) {
    if ('problem' in mail) yield refused(`${file.name} mail ${mail.number}`, INVALID_MESSAGE, mail.problem);
    else yield recordOf(file.name, mail, threads, context);
  }
}

function recordOf(name: string, mail: MailHeader, threads: Threads, context: ReadContext): ExportRecord {
  const place = `${name} ${mail.messageId === undefined ? `mail ${mail.number}` : `<${mail.messageId}>`}`;
  const isAssistant = isOwn(mail, context);
  if (mail.from.length === 0) return skipped(place, 'nobody is named as its author');
  const reason = isAssistant ? undefined : reasonToSkip(mail);
  if (reason !== undefined) return skipped(place, reason);
  if (mail.date === undefined)
    return refused(place, INVALID_MESSAGE, 'has no Date header, and so no time of its own');
  const { options, checked } = context;
  const time = timeOf(mail.date, options.timeZone);
  if (time === undefined)
    return refused(place, INVALID_MESSAGE, 'its Date header is no date with a time zone');
  const own = mail.messageId ?? hashedId('mail', [mail.date, mail.from.join(', '), mail.to]);
  const draft = {
    messageId: fittingId(own),
    conversationId: fittingId(conversationOf(own, mail, threads)),
    channelId: options.channel ?? '',
    role: isAssistant ? 'assistant' : 'user',
    sentAt: time.instant,
    galleryKey: options.galleryKey ?? 'email',
  };
  return checked(place, draft, time.warning);
}

function isOwn({ from }: MailHeader, { options: { ownAddresses } }: ReadContext): boolean {
  return ownAddresses.some((own) => from.includes(own.trim().toLowerCase()));
}

function reasonToSkip({ from, autoSubmitted }: MailHeader): string | undefined {
  if (from.some((address) => /^(mailer-daemon|postmaster)@/.test(address))) return 'bounce';
  const isAutomatic = autoSubmitted !== undefined && !/^no\b/.test(autoSubmitted);
  return isAutomatic ? 'automatic reply' : undefined;
}

/** The first mail of a thread: the first reference, or what is at the end of those that answer one another. */
function conversationOf(
  own: string,
  { references, inReplyTo }: MailHeader,
  { answered, firsts }: Threads,
): string {
  if (references[0] !== undefined) return references[0];
  let first = inReplyTo ?? own;
  const seen = new Set([own]);
  for (let next = answered.get(first); next !== undefined; next = answered.get(first)) {
    // They answer one another in a circle, which has no first one.
    if (seen.has(first)) return own;
    seen.add(first);
    first = next;
  }
  return firsts.get(first) ?? first;
}

const ZONES: Readonly<Record<string, string>> = {
  UT: '+0000',
  UTC: '+0000',
  GMT: '+0000',
  Z: '+0000',
  EST: '-0500',
  EDT: '-0400',
  CST: '-0600',
  CDT: '-0500',
  MST: '-0700',
  MDT: '-0600',
  PST: '-0800',
  PDT: '-0700',
};

const WITH_ZONE = ['D MMM YYYY HH:mm:ss Z', 'D MMM YYYY HH:mm Z', 'D MMM YY HH:mm:ss Z'].map(dateReader);
const WITHOUT_ZONE = ['D MMM YYYY HH:mm:ss', 'D MMM YYYY HH:mm'].map(dateReader);

/** The time of a Date header, by RFC 5322. The zone is needed where it has none. */
function timeOf(written: string, zone: string | undefined): ReadTime | undefined {
  const text = written
    .replace(/\([^()]*\)/g, ' ')
    .replace(/^\s*[A-Za-z]+\.?,?\s+(?=\d)/, '')
    .replace(/\b(\d):(\d\d)/, '0$1:$2')
    .replace(/([A-Z]{1,3})\s*$/, (name) => ZONES[name.trim()] ?? name)
    .trim();
  const read = [...WITH_ZONE, ...WITHOUT_ZONE].map((reader) => reader(text)).find((one) => one !== undefined);
  if (read === undefined) return undefined;
  if ('instant' in read) return { instant: read.instant };
  return zone === undefined ? undefined : instantIn(zone, read.wall);
}
