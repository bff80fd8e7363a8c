import type { Finding } from '../../../../functions/shared/domain/findings/findings.ts';
import { MESSAGES } from '../../../../functions/shared/domain/metrics.ts';
import { NOT_COUNTED_DAYS, type Trust } from '../../../../functions/shared/domain/trust.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { Formats } from '../../../shared/formats.ts';
import type { DateFormats } from '../../date-formats.ts';

/** What is said of how far figures may be trusted. */
export interface TrustWords {
  /** Up to when they are complete, in short. */
  upTo: string;
  /** What may be missing in them; nothing where nothing is. */
  missing?: MissingWords;
}

export interface MissingWords {
  severity: Finding['severity'];
  /** It stays the same as long as the kind of trouble does. */
  title: string;
  text: string;
}

const LATER =
  'Messages that were recorded later may be missing in the figures, and a zero may be one that was not counted yet.';

/** @param today the present UTC day: the day is told where it is another one */
export function trustWords(trust: Trust, formats: Formats, dates: DateFormats, today: UtcDay): TrustWords {
  const { status, countedThrough } = trust;
  const isRunning = status === 'current' || status === 'incomplete';
  if (countedThrough === null) {
    const upTo = 'Not known yet up to when figures are complete';
    return isRunning ? { upTo } : { upTo, missing: NOT_REPORTED };
  }
  const instant = dates.instant(Date.parse(countedThrough), today);
  const upTo = `Complete up to ${instant}`;
  switch (status) {
    case 'current':
      return { upTo };
    case 'incomplete':
      // They are not complete, however far counting has come.
      return { upTo: `Counted up to ${instant}`, missing: notCounted(trust, formats) };
    case 'behind':
      return {
        upTo,
        missing: {
          severity: 'warning',
          title: 'Counting is behind',
          text: `It has been behind since ${instant}. ${LATER} Counting is catching up.`,
        },
      };
    case 'stalled':
      return {
        upTo,
        missing: {
          severity: 'warning',
          title: 'Counting has stopped',
          text: `It has been behind since ${instant}, and nothing is heard of it. ${LATER} Where this lasts, tell whoever runs the service.`,
        },
      };
  }
}

/** Something that the service tells of trust, to be read. */
export interface TrustFigure {
  label: string;
  value: string;
  needsAttention?: boolean;
}

const STATUS_WORDS: Record<Trust['status'], string> = {
  current: 'up to date',
  incomplete: 'up to date, some messages are not counted',
  behind: 'behind, catching up',
  stalled: 'nothing is heard of it',
};

const AUDIT_WORDS = { agrees: 'agrees', differs: 'differs; the operators are told' } as const;

/** All that the service tells of trust, but for the channels. @param today as for `trustWords` */
export function trustFigures(
  trust: Trust,
  formats: Formats,
  dates: DateFormats,
  today: UtcDay,
): TrustFigure[] {
  const { status, countedThrough, lagSeconds, firstCountedDay, sealedThrough, notCounted, audited } = trust;
  const instant = (text: string) => dates.instant(Date.parse(text), today);
  const day = (known: UtcDay | null) => (known === null ? 'none yet' : dates.day(known));
  const isLate = status === 'behind' || status === 'stalled';
  const among = `, last ${NOT_COUNTED_DAYS} days`;
  return [
    { label: 'Counting', value: STATUS_WORDS[status], needsAttention: status !== 'current' },
    {
      label: 'Counted up to',
      value: countedThrough === null ? 'not known yet' : instant(countedThrough),
      needsAttention: isLate,
    },
    {
      label: 'Behind by',
      value: lagSeconds === null ? 'not known yet' : inSeconds(lagSeconds, formats),
      needsAttention: isLate,
    },
    { label: 'First counted day', value: day(firstCountedDay) },
    { label: 'Permanent record up to', value: day(sealedThrough) },
    {
      label: `Quarantined${among}`,
      value: formats.counted(notCounted.quarantined, MESSAGES),
      needsAttention: notCounted.quarantined > 0,
    },
    {
      label: `Given up${among}`,
      value: formats.counted(notCounted.givenUp, MESSAGES),
      needsAttention: notCounted.givenUp > 0,
    },
    {
      label: 'Last audit',
      value: audited === undefined ? 'none yet' : `${AUDIT_WORDS[audited.result]} (${instant(audited.at)})`,
      needsAttention: audited?.result === 'differs',
    },
  ];
}

function inSeconds(seconds: number, { count }: Formats): string {
  return `${count(seconds)} ${seconds === 1 ? 'second' : 'seconds'}`;
}

const NOT_REPORTED: MissingWords = {
  severity: 'warning',
  title: 'Counting has not reported yet',
  text: 'It is not known up to when the figures are complete. In the first minutes of a new service that is usual. Until then messages may be missing in the figures, and a zero may be one that was not counted yet.',
};

function notCounted({ notCounted: { quarantined, givenUp } }: Trust, formats: Formats): MissingWords {
  const counted = (messages: number) =>
    `${formats.counted(messages, MESSAGES)} ${messages === 1 ? 'was' : 'were'}`;
  const parts = [
    ...(quarantined === 0 ? [] : [`${counted(quarantined)} quarantined as not countable`]),
    ...(givenUp === 0 ? [] : [`${counted(givenUp)} given up for now, to be counted again`]),
  ];
  return {
    severity: 'info',
    title: 'Some messages are not counted',
    text: `In the last ${NOT_COUNTED_DAYS} days ${parts.join(' and ')}.`,
  };
}
