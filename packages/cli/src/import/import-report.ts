import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import {
  DAY_MS,
  type EpochMillis,
  isoSeconds,
  type UtcDay,
} from '../../../../functions/shared/domain/utc-day.ts';
import { firstWholeDay } from './checked-message.ts';
import type { Spool } from './spool.ts';

/** What of an export was recorded, or of a dry run: would be counted. */
export interface ImportReport {
  peerId: string;
  /** Where it was recorded. */
  destination: string;
  /** Messages that were read and could be recorded, each once. */
  messages: number;
  /** How many more times they stood in the files. */
  repeated: number;
  skipped: { reason: string; number: number }[];
  refused: { code: string; number: number; place: string; reason: string }[];
  warnings: { warning: string; number: number; place: string }[];
  channels: ReportedChannel[];
  /** Where each refused line is; nothing where none is, or it is a dry run. */
  refusedFile?: string;
}

interface ReportedChannel {
  channelId: string;
  messages: number;
  userMessages: number;
  conversations: number;
}

/** Of a real import. */
export interface RecordedReport extends ImportReport {
  recorded: number;
  alreadyThere: number;
  countedThrough?: string;
}

/** Of a dry run. */
export interface DryRunReport extends ImportReport {
  /** What would be recorded; left out where it is whatever the age. */
  recordedFrom?: { instant: string; firstWholeDay: UtcDay };
  /** Of a history: the days among these that have figures, and take none of it. */
  refusedDays?: { day: UtcDay; reason: string }[];
  channels: (ReportedChannel & {
    roles: Record<string, number>;
    days: { day: UtcDay; messages: number; conversations: number }[];
  })[];
}

function common(spool: Spool, peerId: string, destination: string) {
  return {
    peerId,
    destination,
    messages: spool.messages,
    repeated: spool.duplicates,
    skipped: spool.skipped(),
    refused: spool.refusedByCode(),
    warnings: spool.warnings(),
  };
}

export function recordedReport(spool: Spool, peerId: string, destination: string): RecordedReport {
  const { recorded, duplicates } = spool.sent;
  return {
    ...common(spool, peerId, destination),
    channels: spool.channels(),
    recorded,
    alreadyThere: duplicates,
  };
}

/** @param retentionDays how old a message may be, where that matters */
export function dryRunReport(
  spool: Spool,
  peerId: string,
  destination: string,
  retentionDays: number | undefined,
  now: EpochMillis,
): DryRunReport {
  const days = Map.groupBy(spool.days(), ({ channelId }) => channelId);
  const roles = Map.groupBy(spool.roles(), ({ channelId }) => channelId);
  return {
    ...common(spool, peerId, destination),
    ...(retentionDays !== undefined && {
      recordedFrom: {
        instant: isoSeconds(now - retentionDays * DAY_MS),
        firstWholeDay: firstWholeDay(now, retentionDays),
      },
    }),
    channels: spool.channels().map((channel) => ({
      ...channel,
      roles: Object.fromEntries(
        (roles.get(channel.channelId) ?? []).map(({ role, messages }) => [role, messages]),
      ),
      days: (days.get(channel.channelId) ?? []).map(({ channelId: _, ...day }) => day),
    })),
  };
}

/** How many messages were refused, in all. */
export function refusedIn({ refused }: Pick<ImportReport, 'refused'>): number {
  return refused.reduce((sum, { number }) => sum + number, 0);
}

/** What was recorded of each channel, for a spreadsheet. */
export function recordedCsv({ channels }: RecordedReport): string {
  const rows = channels.map(({ channelId, userMessages, conversations, messages }): CsvCell[] => [
    channelId,
    userMessages,
    conversations,
    messages,
  ]);
  return csv([['channelId', 'userMessages', 'conversations', 'messagesOfAllRoles'], ...rows]);
}

/** What would be counted on each day of each channel, for a spreadsheet. */
export function dryRunCsv({ channels }: DryRunReport): string {
  const rows = channels.flatMap(({ channelId, days }) =>
    days.map(({ day, messages, conversations }): CsvCell[] => [channelId, day, messages, conversations]),
  );
  return csv([['channelId', 'day', 'messages', 'conversations'], ...rows]);
}
