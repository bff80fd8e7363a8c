import {
  DIFFERENCES,
  type Difference,
  nameOfDifference,
  type Told,
} from '../../functions/shared/domain/audit/difference.ts';
import type { LostDays } from '../../functions/shared/domain/audit/mended-totals.ts';
import { isoSeconds } from '../../functions/shared/domain/utc-day.ts';
import { textTable } from './text-table.ts';

/** What an audit of all peers comes to. */
export interface AuditSummary {
  peers: number;
  counters: number;
  /** Conversation markers; nothing where they were not read. */
  markers?: number;
  differences: number;
  notJudged: number;
  mended: number;
  left: number;
}

/** What was found of one peer, and what became of it. */
export interface PeerFindings {
  peerId: string;
  differences: readonly Difference[];
  /** Where it was to be repaired: what was not mended, and why. */
  left?: readonly { difference: Difference; why: string }[];
  lostDays?: readonly LostDays[];
}

/** Tells people or programs what is found, peer by peer. */
export interface AuditReport {
  peer(findings: PeerFindings): void;
  end(summary: AuditSummary): void;
}

/** One line of JSON for each difference, and a last one with the numbers. */
export function jsonReport(write: (text: string) => void): AuditReport {
  const line = (value: object) => write(`${JSON.stringify(value)}\n`);
  return {
    peer({ peerId, differences, left, lostDays }) {
      const why = new Map(left?.map((one) => [nameOfDifference(one.difference), one.why]));
      for (const difference of differences) {
        const { says } = DIFFERENCES[difference.code];
        const isMended = left === undefined ? {} : { mended: !why.has(nameOfDifference(difference)) };
        const reason = why.get(nameOfDifference(difference));
        line({ ...withInstant(difference), says, ...isMended, ...(reason !== undefined && { why: reason }) });
      }
      for (const { difference, why: reason } of left ?? []) {
        if (differences.some((one) => nameOfDifference(one) === nameOfDifference(difference))) continue;
        line({
          ...withInstant(difference),
          says: DIFFERENCES[difference.code].says,
          mended: false,
          why: reason,
        });
      }
      for (const lost of lostDays ?? []) line({ code: 'days_lost', peerId, ...lost });
    },
    end: (summary) => line({ summary }),
  };
}

/** Tables and sentences. */
export function textReport(write: (text: string) => void): AuditReport {
  return {
    peer({ peerId, differences, left, lostDays = [] }) {
      if (differences.length === 0) return;
      write(`${peerId}\n`);
      write(textTable(HEADINGS, differences.map(rowOf)).replaceAll(/^/gm, '  ').trimEnd());
      write('\n');
      for (const { difference, why } of left ?? []) {
        write(`  not mended: ${difference.code}${placeOf(difference)}: ${why}\n`);
      }
      for (const { month, day, channelNumber, counts } of lostDays) {
        const what = `${counts.messageCount} messages of channel number ${channelNumber} in ${counts.conversationCount} conversations`;
        const where = day === undefined ? 'are in no figure any more' : `stand on ${day}`;
        write(`  the days of ${month} are lost: ${what} ${where}\n`);
      }
    },
    end({ peers, counters, markers, differences, notJudged, mended, left }) {
      const rows: [string, number | string][] = [
        ['peers', peers],
        ['daily counters', counters],
        ['conversation markers', markers ?? 'not read'],
        ['differences', differences],
        ...(notJudged > 0 ? [['not judged, changed all the time', notJudged] as [string, number]] : []),
        ...(mended + left > 0
          ? ([
              ['mended', mended],
              ['not mended', left],
            ] as [string, number][])
          : []),
      ];
      const width = Math.max(...rows.map(([name]) => name.length));
      write(rows.map(([name, number]) => `${name.padEnd(width)}  ${number}\n`).join(''));
    },
  };
}

const HEADINGS = ['CODE', 'SINCE', 'CHANNEL', 'EXPECTED', 'FOUND', 'WRITTEN IN', 'AT'];

function rowOf(difference: Difference): string[] {
  const { code, day, month, channelId, channelNumber, expected, found, writtenIn, writtenAt } = difference;
  return [
    code,
    day ?? month ?? '',
    channelId ?? (channelNumber === undefined ? '' : `number ${channelNumber}`),
    inWords(expected),
    inWords(found),
    writtenIn === undefined ? '' : String(writtenIn),
    writtenAt === undefined || writtenAt === 0 ? '' : isoSeconds(writtenAt),
  ];
}

function placeOf({ day, month, channelId }: Difference): string {
  const places = [day ?? month, channelId].filter((place) => place !== undefined);
  return places.length === 0 ? '' : ` (${places.join(', ')})`;
}

const WORDS: Readonly<Record<string, string>> = {
  messageCount: 'messages',
  conversationCount: 'conversations',
};

function inWords(told: Told): string {
  return Object.entries(told)
    .map(([name, value]) => `${WORDS[name] ?? name} ${value ?? 'none'}`)
    .join(', ');
}

function withInstant({ writtenAt, ...difference }: Difference): object {
  if (writtenAt === undefined || writtenAt === 0) return difference;
  return { ...difference, writtenAt: isoSeconds(writtenAt) };
}
