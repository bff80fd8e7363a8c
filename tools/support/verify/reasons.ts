import type { LookedUpMessage } from '../../../functions/look-up-messages/looked-up-message.ts';
import { COUNTED_ROLE } from '../../../functions/shared/domain/message.ts';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import { type Difference, differingFields, type Named, type Note, type Why } from './difference.ts';
import type { Place } from './own-list.ts';

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
 * @param countedThrough up to when all that was recorded is counted, in milliseconds; nothing where that is not known
 */
export function judge(
  message: Named,
  sentAt: EpochMillis,
  found: LookedUpMessage | undefined,
  countedThrough: EpochMillis | undefined,
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
  const isNewer = countedThrough === undefined || sentAt > countedThrough;
  const mayBeOnItsWay = found === undefined || found.status === 'unknown';
  if (isNewer && mayBeOnItsWay && countedThrough !== undefined) return { kind: 'waiting', message, ...why };
  return { kind: 'only_here', message, ...why };
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
