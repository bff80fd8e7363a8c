import { HEARTBEAT_KEYS } from '../../../functions/shared/domain/heartbeat.ts';
import { GIGABYTE, type ServiceLine, units } from './amounts.ts';
import { PEER_UNITS, STACK, UNITS, WRITTEN_OF_MESSAGE } from './measured.ts';
import { runsOfADay } from './runs.ts';
import { DAYS_A_MONTH, type Day, type Workload } from './workload.ts';

const DAYS_A_YEAR = 365;

/** What DynamoDB is paid for. */
export function databaseLines(workload: Workload, day: Day): ServiceLine[] {
  const { peers, messagesPerDay, heartbeatKeys } = workload;
  const { message, channelsDay, peersDay, answerRead } = UNITS;
  const runs = runsOfADay();
  const { messages, usage } = storedBy(workload, day);
  const { written, read, readOnOtherDays } = PEER_UNITS.report;
  const otherHeartbeats = (heartbeatKeys - HEARTBEAT_KEYS.default) * STACK.runsADay['send-heartbeats'];
  return [
    ['storing messages', units(messagesPerDay, 0)],
    [
      'counting them',
      units(
        messagesPerDay * writtenOf(workload.sameChannel),
        (messagesPerDay * message.read) / workload.sameChannel,
      ),
    ],
    ['starting conversations', units(day.conversations, 0)],
    [
      'opening days of peers and channels',
      units(day.activePeers * peersDay.opening + day.channels * channelsDay.opening, 0),
    ],
    [
      'sealing them',
      units(
        day.activePeers * peersDay.sealing + day.channels * channelsDay.sealing,
        day.activePeers * peersDay.sealingRead,
      ),
    ],
    [
      'announcing and judging them',
      units(
        0,
        day.activePeers * (peersDay.announcingRead + PEER_UNITS.judgingRead / 2) +
          peers * (PEER_UNITS.judgingRead / 2),
      ),
    ],
    [
      'reports on months',
      units((peers * written) / DAYS_A_MONTH, peers * (read / DAYS_A_MONTH + readOnOtherDays)),
    ],
    ['answers', units(0, day.answers * answerRead)],
    [
      'heartbeats, and runs of every hour and minute',
      units(
        runs.written + otherHeartbeats + day.heartbeatBatches * PEER_UNITS.heartbeatNote.written,
        runs.read,
      ),
    ],
    ['storage of messages', {}, { gigabytesStored: messages }],
    ['storage of evidence, markers and figures', {}, { gigabytesStored: usage }],
    ['point-in-time recovery', {}, { gigabytesRecoverable: messages + usage }],
  ];
}

/** A message's write units, of which a part is shared with the others of its channel in the batch. */
function writtenOf(sameChannel: number): number {
  const { 1: writtenAlone, 100: writtenOfHundred } = WRITTEN_OF_MESSAGE;
  const shared = (writtenAlone - writtenOfHundred) / (1 - 1 / 100);
  return writtenAlone - shared + shared / sameChannel;
}

/** The gigabytes that are stored. */
function storedBy(
  { messagesPerDay, messageRetentionDays, counterRetentionDays, years }: Workload,
  { channels, conversations }: Day,
): { messages: number; usage: number } {
  const { message, conversation, channelsDay } = UNITS;
  const evidence = messagesPerDay * message.evidenceBytes + channels * channelsDay.evidenceBytes;
  const forEver = conversations * conversation.markerBytes + channels * channelsDay.figureBytes;
  return {
    messages: (messagesPerDay * messageRetentionDays * message.storedBytes) / GIGABYTE,
    usage: (evidence * counterRetentionDays + forEver * years * DAYS_A_YEAR) / GIGABYTE,
  };
}
