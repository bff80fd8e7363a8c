import type { ChannelStatus, PurgedChannel } from '../shared/domain/channel.ts';
import {
  type AgeProblem,
  ageProblem,
  COUNTED_ROLE,
  countingLimits,
  type Message,
} from '../shared/domain/message.ts';
import type { SoughtMessage } from '../shared/domain/sought-message.ts';
import {
  DAY_MS,
  dayOf,
  type EpochMillis,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  type UtcDay,
} from '../shared/domain/utc-day.ts';
import type { NoMessage, StoredMessage } from '../shared/store/items/message.ts';
import type { QuarantineNote } from '../shared/store/items/quarantine-note.ts';
import type { LookedUpMessage } from './looked-up-message.ts';
import type { Reason } from './reasons.ts';

/** Where a message may have been counted. */
export interface Place {
  channelId: string;
  day: UtcDay;
  /** The earliest instant at which it may have been sent. */
  from: EpochMillis;
  /** The latest one, of the same day. */
  through: EpochMillis;
  /** Exactly when it was sent, where the marker of its conversation tells. */
  sentAt?: EpochMillis;
}

/** What the evidence of a place says of a message. `closed`: it is not counted, and will not be. */
export type Evidence = 'counted' | 'not_counted' | 'closed' | 'expired' | 'malformed';

/** All that was found out about a message. */
export interface Facts {
  sought: SoughtMessage;
  /** The stored item, while it lives. */
  stored?: StoredMessage | NoMessage;
  /** When it was imported as history, with a mark that still holds: then it counts however old it is. */
  importedAt?: EpochMillis;
  place?: Place;
  /** What the evidence of the place says. */
  evidence?: Evidence;
  /** Whether it starts its conversation; nothing where that is not known. */
  starts?: boolean;
  channelStatus?: ChannelStatus | PurgedChannel['status'];
  /** Whether it was sent before its peer was erased. */
  isErased?: true;
  note?: QuarantineNote;
}

/** A reason with its words. */
interface Why {
  reason: string;
  explanation: string;
}

/** A message that is stored for so long is not simply on its way. */
const ON_ITS_WAY_MS = 15 * MINUTE_MS;

/**
 * What a look-up says of a message.
 *
 * @param retentionDays how long messages are stored, in days
 */
export function verdictOf(facts: Facts, now: EpochMillis, retentionDays: number): LookedUpMessage {
  const { stored, note, evidence } = facts;
  const message = stored?.kind === 'message' ? stored.message : undefined;
  if (facts.channelStatus === 'purged') return told('not_counted', [CHANNEL_PURGED], fieldsOf(message));
  if (facts.isErased === true) return told('not_counted', [PEER_ERASED], fieldsOf(message));
  if (evidence === 'counted') return counted(facts, message);
  if (message !== undefined && message.role !== COUNTED_ROLE) {
    const explanation = `it is stored with the role ${message.role}, and only the role ${COUNTED_ROLE} counts`;
    return told('not_counted', [because('role_not_counted', explanation), ...differences(facts, message)], {
      ...fieldsOf(message),
    });
  }
  if (note !== undefined) return told('quarantined', [note], message === undefined ? {} : fieldsOf(message));
  // What the markers of a conversation say of it is told of counted messages alone, to those who have both ids: nobody
  // is to try conversation ids, such as phone numbers.
  if (stored === undefined && !isHinted(facts)) return told('unknown', [HINTS_NEEDED], {});
  if (evidence === 'expired') return told('unknown', [EVIDENCE_EXPIRED], fieldsOf(message));
  if (evidence === 'malformed') return told('unknown', [MALFORMED_ITEM], fieldsOf(message));
  if (stored === undefined) return told('unknown', [NOT_FOUND], {});
  if (stored.kind === 'unusable') return told('not_counted', [stored], {});
  return uncounted(facts, stored.message, now, retentionDays);
}

function counted(facts: Facts, message: Message | undefined): LookedUpMessage {
  const { place, starts, channelStatus } = facts;
  const whys: Why[] = message === undefined ? [] : differences(facts, message);
  if (channelStatus === 'disabled' || channelStatus === 'removed') {
    const explanation = `its channel is ${channelStatus}: figures list it with include=${channelStatus} alone`;
    whys.push(because(`channel_${channelStatus}`, explanation));
  }
  const sentAt = message?.sentAt ?? place?.sentAt;
  return told('counted', whys, {
    ...(place !== undefined && { channelId: place.channelId, day: place.day }),
    role: COUNTED_ROLE,
    ...(sentAt !== undefined && { sentAt: new Date(sentAt).toISOString() }),
    ...(starts !== undefined && { startedConversation: starts }),
  });
}

/** Of a message that is stored with the role that counts, and is not in the evidence of its day. */
function uncounted(facts: Facts, message: Message, now: EpochMillis, retentionDays: number): LookedUpMessage {
  const problem = ageProblem(message.sentAt, now, countingLimits(retentionDays));
  if (problem !== undefined && facts.importedAt === undefined) {
    return told('not_counted', [because(problem, AGE_WORDS[problem])], fieldsOf(message));
  }
  if (facts.evidence === 'closed') {
    return told('not_counted', [because('too_old', DAY_CLOSED)], fieldsOf(message));
  }
  const fields = { ...fieldsOf(message), day: dayOf(message.sentAt) };
  const why =
    facts.importedAt === undefined
      ? whyPending('sent', now - message.sentAt)
      : whyPending('imported', now - facts.importedAt);
  return told('pending', [why, ...differences(facts, message)], fields);
}

function whyPending(done: 'sent' | 'imported', sinceMs: number): Why {
  const since = durationWords(Math.max(0, sinceMs));
  if (sinceMs <= ON_ITS_WAY_MS) {
    return because(
      'waiting',
      `it is stored, and counting has not come to it yet; it was ${done} ${since} ago`,
    );
  }
  return because(
    'overdue',
    `it is stored, and not counted; it was ${done} ${since} ago. If it was recorded minutes ago at most, it is on its way. ` +
      'Otherwise the trust answer, channel-stats/trust, says whether counting is behind; where it is not, whoever runs ' +
      'the service can count the day again with npm run replay',
  );
}

/** Whether the hints say where the message may have been counted. */
function isHinted({ sought: { channelId, sentAt, day } }: Facts): boolean {
  return channelId !== undefined && (sentAt !== undefined || day !== undefined);
}

/** What of the hints is not as the message was recorded first. */
function differences({ sought }: Facts, message: Message): Why[] {
  const { channelId, sentAt, day } = sought;
  const names = [
    ...(channelId !== undefined && channelId !== message.channelId ? ['channelId'] : []),
    ...(sentAt !== undefined && sentAt !== message.sentAt ? ['sentAt'] : []),
    ...(day !== undefined && day !== dayOf(message.sentAt) ? ['day'] : []),
  ];
  if (names.length === 0) return [];
  const explanation = `it is stored with another ${names.join(' and ')} than asked for: the first version of a message wins`;
  return [because('first_version_differs', explanation)];
}

function fieldsOf(message: Message | undefined): Pick<LookedUpMessage, 'channelId' | 'role' | 'sentAt'> {
  if (message === undefined) return {};
  const { channelId, role, sentAt } = message;
  return { channelId, role, sentAt: new Date(sentAt).toISOString() };
}

function told(
  status: LookedUpMessage['status'],
  whys: readonly Why[],
  fields: Omit<LookedUpMessage, 'status' | 'reason' | 'explanation'>,
): LookedUpMessage {
  const [first] = whys;
  return {
    status,
    ...(first !== undefined && {
      reason: first.reason,
      explanation: whys.map(({ explanation }) => explanation).join('; '),
    }),
    ...fields,
  };
}

function because(reason: Reason, explanation: string): Why {
  return { reason, explanation };
}

const AGE_WORDS: Record<AgeProblem, string> = {
  too_old: 'it is stored, and was sent before what is still counted',
  sent_in_future: 'it is stored, and says that it was sent later than the clock allows',
};

const DAY_CLOSED = 'the proof of its day is not kept for long enough to count it exactly once';

const EVIDENCE_EXPIRED = because(
  'evidence_expired',
  'the evidence of its day has expired: whether it was counted can no longer be shown',
);

const CHANNEL_PURGED = because(
  'channel_purged',
  'its channel was purged by whoever runs the service: nothing of it is counted any more',
);

const PEER_ERASED = because(
  'peer_erased',
  'its peer was erased by whoever runs the service: what was sent until then is not counted any more',
);

const NOT_FOUND = because(
  'not_found',
  'it is not stored, and not among the messages counted on that channel and day. Another channel or day may hold it: ' +
    'what counts is how it was recorded first',
);

const HINTS_NEEDED = because(
  'hints_needed',
  'it is not stored. Add channelId, and sentAt or day, as it was recorded, and the evidence of that day answers',
);

const MALFORMED_ITEM = because(
  'malformed_item',
  'the evidence of its day is malformed, and has to be mended by whoever runs the service',
);

const UNITS: readonly (readonly [number, string])[] = [
  [DAY_MS, 'day'],
  [HOUR_MS, 'hour'],
  [MINUTE_MS, 'minute'],
  [SECOND_MS, 'second'],
];

/** A duration in whole units of the largest kind that fits, such as `3 days`. */
function durationWords(milliseconds: number): string {
  const [unitMs, unit] = UNITS.find(([ms]) => milliseconds >= ms) ?? [SECOND_MS, 'second'];
  const number = Math.floor(milliseconds / unitMs);
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
