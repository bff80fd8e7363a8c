import { carriedJson, carriedText } from '../shared/domain/carried-text.ts';
import type { Notification, NotificationPayload } from '../shared/domain/notification.ts';
import type { NotificationText } from './notification-text.ts';

/** What is published on the topic. */
export interface TopicMessage {
  /** ASCII in one line of at most 100 characters: SNS takes no other one. */
  subject: string;
  /** For machines: JSON with id, type, timestamp and data. */
  machine: string;
  /** For people, in lines. */
  readable: string;
}

const LONGEST_SUBJECT = 100;
const SUBJECT_PREFIX = 'Channel usage: ';
/** SNS takes 256 KiB with both texts; half of it for one leaves room for how JSON writes it. */
const LONGEST_READABLE = 30_000;

/** A notification as it is published on the topic. */
export function topicMessage(
  { id, payload }: Notification,
  { type }: Pick<NotificationPayload, 'type'>,
  text: NotificationText,
): TopicMessage {
  return {
    subject: subjectOf(text),
    machine: carriedJson(machineText(id, payload)),
    readable: carriedText(readableText(id, type, text)),
  };
}

/** The payload is put in as it is: it begins with the brace of an object that is not empty. */
function machineText(id: string, payload: string): string {
  return `{"id":${JSON.stringify(id)},${payload.slice(1)}`;
}

/** A name stands in it where it fits: what is not ASCII is told by the text alone. */
function subjectOf({ title, peerId }: NotificationText): string {
  const subject = title.startsWith(SUBJECT_PREFIX) ? title : `${SUBJECT_PREFIX}${title}`;
  const named = `${subject} (${peerId})`;
  return peerId !== undefined && /^[\x20-\x7e]*$/.test(peerId) && named.length <= LONGEST_SUBJECT
    ? named
    : subject.slice(0, LONGEST_SUBJECT);
}

function readableText(id: string, type: string, text: NotificationText): string {
  const { title, sentences, facts, channels, url } = text;
  const parts = [
    [title],
    sentences,
    facts.map(([label, fact]) => `${label}: ${fact}`),
    channels,
    url === undefined ? [] : [url],
    [`${type} ${id}`],
  ];
  const whole = parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
  return whole.length <= LONGEST_READABLE ? whole : `${whole.slice(0, LONGEST_READABLE - 1)}…`;
}
