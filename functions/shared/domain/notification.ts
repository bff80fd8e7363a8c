import * as z from 'zod/mini';
import { anyFinding } from './findings/findings.ts';
import { reportAnswer } from './report.ts';

/** What is told of a finding: that there is a new one, that its severity has changed, or that it has ended. */
export const FINDING_EVENTS = ['finding.begun', 'finding.changed', 'finding.ended'] as const;

const told = { peerId: z.string(), url: z.string() };

const severity = z.enum(['warning', 'info']);

const findingData = z.object({
  ...told,
  /** Of the finding: the same from its beginning to its end, and of no other one, also when it comes back. */
  findingId: z.string(),
  /** The last day that was judged (UTC). */
  day: z.string(),
  /** The first day on which it was found. */
  since: z.string(),
  code: z.string(),
  severity,
  channelId: z.exactOptional(z.string()),
  /** What the channel is called. */
  channelName: z.exactOptional(z.string()),
  /** With the numbers that it was judged on; left out of `finding.ended`. */
  finding: z.exactOptional(anyFinding),
  /** Of `finding.changed`: what it was before. */
  previousSeverity: z.exactOptional(severity),
});

const reportData = z.object({
  ...told,
  month: z.string(),
  /** With no more channels than people read; of how many more there are the next field tells. */
  report: reportAnswer,
  furtherChannels: z.int(),
});

const timestamp = z.iso.datetime();

const payload = z.discriminatedUnion('type', [
  z.object({ type: z.enum(FINDING_EVENTS), timestamp, data: findingData }),
  z.object({ type: z.literal('report.monthly'), timestamp, data: reportData }),
  z.object({ type: z.literal('test'), timestamp, data: z.object({ message: z.string() }) }),
]);

/** What is told: to machines as it is, to people in words that are made of it. */
export type NotificationPayload = z.output<typeof payload>;

/** Something that is to be told. */
export interface Notification {
  /** The same however often it is told. It has no full stop. */
  id: string;
  /** The payload as JSON: what is sent is these bytes, and never others. */
  payload: string;
}

/** Something that is to be told. */
export function notification(id: string, told: NotificationPayload): Notification {
  return { id, payload: JSON.stringify(told) };
}

/** What a stored payload says. @throws Error where it is none */
export function parsePayload(text: string): NotificationPayload {
  return z.parse(payload, JSON.parse(text));
}
