import { processorShare } from '../../../functions/shared/runtime/memory.ts';
import { PEERS_AT_A_TIME } from '../../../functions/take-daily-snapshot/schedule.ts';
import { MILLION, type ServiceLine, sumOf } from './amounts.ts';
import { ASSUMED, CALLS_IN_A_ROW, CPU_MS, STACK } from './measured.ts';
import type { Amounts } from './prices.ts';
import { SCHEDULED } from './runs.ts';
import type { Day, Workload } from './workload.ts';

/** What Lambda is paid for. */
export function functionLines({ messagesPerDay, sameChannel }: Workload, day: Day): ServiceLine[] {
  const { megabytes, runsADay } = STACK;
  const groupsOfBatch = day.batches === 0 ? 0 : messagesPerDay / sameChannel / day.batches;
  const messagesOfBatch = groupsOfBatch * sameChannel;
  const counted = CPU_MS.group * groupsOfBatch + CPU_MS.message * messagesOfBatch;
  const scheduled = SCHEDULED.map((name) =>
    invocations(runsADay[name], megabytes[name], CPU_MS.run, CALLS_IN_A_ROW.run),
  );
  const sealingMs = Math.max(
    busyMs(CPU_MS.sealedPeer, megabytes['take-daily-snapshot']),
    (CALLS_IN_A_ROW.sealedPeer * ASSUMED.callMs) / PEERS_AT_A_TIME,
  );
  return [
    [
      'counting messages',
      invocations(day.batches, megabytes['count-messages'], counted, CALLS_IN_A_ROW.counting),
    ],
    [
      'recording them',
      invocations(
        day.requests,
        megabytes['record-messages'],
        day.requests === 0 ? 0 : (CPU_MS.recordedMessage * messagesPerDay) / day.requests,
        CALLS_IN_A_ROW.recording,
      ),
    ],
    ['answers', invocations(day.answers, megabytes['usage-api'], CPU_MS.answer, CALLS_IN_A_ROW.answer)],
    [
      'sealing',
      {
        millionGigabyteSeconds: gigabyteSeconds(
          day.activePeers * sealingMs,
          megabytes['take-daily-snapshot'],
        ),
      },
    ],
    [
      'heartbeats, and runs of every hour and minute',
      sumOf([
        ...scheduled,
        invocations(day.heartbeatBatches, megabytes['count-messages'], CPU_MS.run, CALLS_IN_A_ROW.run),
      ]),
    ],
  ];
}

/** So many invocations, each with so much to compute and so many calls of DynamoDB one behind the other. */
function invocations(number: number, megabytes: number, cpuMs: number, calls: number): Amounts {
  const ms = busyMs(cpuMs, megabytes) + calls * ASSUMED.callMs;
  return {
    millionInvocations: number / MILLION,
    millionGigabyteSeconds: gigabyteSeconds(number * ms, megabytes),
  };
}

function busyMs(cpuMs: number, megabytes: number): number {
  return cpuMs / processorShare(megabytes);
}

function gigabyteSeconds(ms: number, megabytes: number): number {
  return ((ms / 1_000) * (megabytes / 1_024)) / MILLION;
}
