import type { EpochMillis } from '../../../../functions/shared/domain/utc-day.ts';

export const EXPORT_FORMATS = [
  'slack',
  'telegram',
  'whatsapp',
  'discord',
  'chatwoot',
  'mbox',
  'openai',
  'csv',
  'jsonl',
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const DATE_ORDERS = ['dmy', 'mdy', 'ymd'] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

/** What a person says of the files, beside what stands in them. */
export interface ReadOptions {
  /** What the files are; recognised by their content where it is left out. */
  format?: ExportFormat;
  /** The channel of messages whose file names none. */
  channel?: string;
  /** The kind of integration; a format that is of one kind needs none. */
  galleryKey?: string;
  /** The IANA name, or the offset, of times that are written without one. */
  timeZone?: string;
  /** How days are written in WhatsApp's texts. */
  dateOrder?: DateOrder;
  /** How times are written, as `DD.MM.YYYY HH:mm:ss`. */
  dateFormat?: string;
  /** Ids or names of authors who are no users; `NOBODY` alone where every author is one. */
  bots: readonly string[];
  /** From the name of a WhatsApp author in the files to the one by which they were imported before. */
  authors: ReadonlyMap<string, string>;
  /** Mail addresses whose mails are no users', in any case of letters. */
  ownAddresses: readonly string[];
  /** The ids of the chats that are wanted, where a file holds several. */
  chats: readonly string[];
  /** What a conversation is: `thread` or `channel` of Slack, or the id of the one that the file is. */
  conversation?: string;
  /** From the field of a message, such as `sentAt`, to the column that holds it. */
  map: ReadonlyMap<string, string>;
  /** From the value of the role's column to a role. */
  roles: ReadonlyMap<string, string>;
  /** What is between two cells of CSV. */
  delimiter?: string;
}

/** What stands for a bot where there is none. */
export const NOBODY = '-';

export interface ReadLimits {
  now: EpochMillis;
  /** How old a message may be, in days; however old where it is left undefined. */
  retentionDays: number | undefined;
}
