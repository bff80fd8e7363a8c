import type { LookedUpMessage } from '../../../../functions/look-up-messages/looked-up-message.ts';
import { ageProblem, COUNTED_ROLE, countingLimits } from '../../../../functions/shared/domain/message.ts';
import type { EpochMillis } from '../../../../functions/shared/domain/utc-day.ts';
import { type Difference, differingFields, type Named, type Note, type Why } from './difference.ts';
import type { Place } from './own-list.ts';
import type { ToldTrust } from './service.ts';

/** What is said of a message that was counted after figures and fingerprints were read. */
const COUNTED_SINCE: Why = {
  reason: 'counted_since',
  explanation: 'it was counted while this was compared',
};

/**
 * What a message is that the list has and the evidence has not.
 *
 * @param sentAt when it was sent, as the list says
 * @param found what the service says became of it; nothing where it may not be asked
 * @param trust up to when all that was recorded is counted, as it was before anything was compared
 */
export function judge(
  message: Named,
  sentAt: EpochMillis,
  found: LookedUpMessage | undefined,
  trust: ToldTrust,
): Difference | Note {
  const why = whyOf(found);
  if (found?.status === 'pending') {
    return isCountedRole(found) ? { kind: 'waiting', message, ...why } : elsewhere(message, found, why);
  }
  if (found?.status === 'counted') {
    const there = thereOf(message, found);
    return differingFields(message, there).length === 0
      ? { kind: 'waiting', message, ...COUNTED_SINCE }
      : elsewhere(message, found, why);
  }
  if (found?.status === 'not_counted' && !isCountedRole(found)) return elsewhere(message, found, why);
  const isUnknown = found === undefined || found.status === 'unknown';
  if (isUnknown && mayBeOnItsWay(sentAt, trust)) return { kind: 'waiting', message, ...why };
  return { kind: 'only_here', message, ...why };
}

/** Whether a message of which nobody knows is so new that it may still be recorded, or counted. */
function mayBeOnItsWay(sentAt: EpochMillis, { countedThrough, asOf }: ToldTrust): boolean {
  if (countedThrough === null || sentAt <= Date.parse(countedThrough)) return false;
  return ageProblem(sentAt, Date.parse(asOf), countingLimits(Number.POSITIVE_INFINITY)) === undefined;
}

function isCountedRole({ role }: LookedUpMessage): boolean {
  return role === undefined || role === COUNTED_ROLE;
}

function elsewhere(message: Named, found: LookedUpMessage, why: Why): Difference {
  const there = thereOf(message, found);
  return { kind: 'differs', message, fields: differingFields(message, there), there, ...why };
}

function thereOf(message: Named, { channelId, day, role, sentAt }: LookedUpMessage): Place {
  return {
    channelId: channelId ?? message.channelId,
    day: day ?? sentAt?.slice(0, 10) ?? message.day,
    role: role ?? message.role,
  };
}

function whyOf(found: LookedUpMessage | undefined): Why {
  if (found === undefined) return {};
  const { status, reason = status, explanation } = found;
  return { reason, ...(explanation !== undefined && { explanation }) };
}
