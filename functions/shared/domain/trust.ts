import * as z from 'zod/mini';
import type { AuditedFigures } from './audit/audited-figures.ts';
import { compareChannels } from './channel.ts';
import { listedChannels, type UsageExtent } from './channel-stats.ts';
import { component, described, growing } from './described.ts';
import {
  type CountingProgress,
  countingProgress,
  type HeartbeatRhythm,
  type PassedHeartbeats,
} from './heartbeat.ts';
import { count } from './metrics.ts';
import { addDays, dayOf, type EpochMillis, isoSeconds, SECOND_MS, type UtcDay } from './utc-day.ts';

/** What was not counted tells on trust for so many days. */
export const NOT_COUNTED_DAYS = 30;

/** How far the figures of a peer may be trusted, in short: the best first. */
export const TRUST_STATUSES = ['current', 'incomplete', 'behind', 'stalled'] as const;
export type TrustStatus = (typeof TRUST_STATUSES)[number];

/** Messages of a peer that are in no figure, although they were recorded. */
export interface NotCounted {
  quarantined: number;
  givenUp: number;
}

/** Reads what was not counted, and how the figures were audited. */
export interface KnownOfFiguresSource {
  /**
   * What was quarantined of the days, both included, and all that waits in batches that were given up; and what the last
   * audit has found.
   */
  read(peerId: string, from: UtcDay, to: UtcDay): Promise<KnownOfFigures>;
}

/** What is known of a peer beside its figures. */
export interface KnownOfFigures {
  notCounted: NotCounted;
  /** What the last audit of them has found; nothing where there was none. */
  audited?: AuditedFigures;
}

/** Reads how far counting has come. */
export interface PassedHeartbeatsSource {
  /** The newest heartbeat of each key that has passed. */
  read(): Promise<PassedHeartbeats>;
}

/** How far counting has come, at a moment. */
export interface CountingLag extends CountingProgress {
  /** So long ago `countedThrough` is; missing where that is. */
  lagSeconds?: number;
}

/** The answer of trust. */
export const trustAnswer = component(
  'Trust',
  "How far a peer's figures may be trusted, and up to when they are complete.",
  z.object({
    status: described(
      growing(TRUST_STATUSES),
      'The first that holds. `stalled`: nothing has come through for 15 minutes. `behind`: counting runs, and its ' +
        'lag is above 6 minutes. `incomplete`: it has caught up, and messages of this peer were not counted. ' +
        '`current`: none of these.',
    ),
    countedThrough: described(
      z.nullable(z.iso.datetime()),
      'Every message that was recorded until then (UTC) is in the figures, but those that `notCounted` tells of. ' +
        '`null` as long as that is not known.',
    ),
    lagSeconds: described(z.nullable(count()), 'How long before `asOf` that was.'),
    firstCountedDay: described(
      z.nullable(z.iso.date()),
      'The first day (UTC) with a counted message; `null` where there is none.',
    ),
    sealedThrough: described(
      z.nullable(z.iso.date()),
      'Up to this day (UTC) all that was counted is in the permanent record; `null` where there is no such day. ' +
        'A message that comes later joins it as it is counted.',
    ),
    notCounted: described(
      component(
        'NotCounted',
        'Messages of this peer that were recorded and are in no figure.',
        z.object({
          quarantined: described(
            count(),
            `Those recorded in the last ${NOT_COUNTED_DAYS} days that cannot be counted as they are, and were ` +
              'quarantined with their reason.',
          ),
          givenUp: described(
            count(),
            `Those that were given up in the last ${NOT_COUNTED_DAYS} days, and wait to be fed back. It is looked ` +
              'at once an hour.',
          ),
        }),
      ),
      'What is missing in the figures.',
    ),
    channels: described(
      z.array(
        component(
          'ChannelTrust',
          'When a channel was used last.',
          z.object({
            channelId: described(z.string(), 'The channel.'),
            lastMessageAt: described(
              z.exactOptional(z.iso.datetime()),
              'When the last message was sent that is counted (UTC); left out where there was none.',
            ),
          }),
        ),
      ),
      'The enabled channels, in the order of channel-stats.',
    ),
    audited: described(
      z.exactOptional(
        component(
          'AuditedFigures',
          'What the last audit of the stored figures has found.',
          z.object({
            at: described(z.iso.datetime(), 'When it was through (UTC).'),
            result: described(
              z.enum(['agrees', 'differs']),
              '`agrees`: evidence, figures of days and months, totals and digests add up. `differs`: something ' +
                'of it does not, of which the operators are told.',
            ),
          }),
        ),
      ),
      'The stored figures of every peer are compared with their evidence within 28 days. Left out where they were ' +
        'not yet.',
    ),
    asOf: described(z.iso.datetime(), 'When the figures were read (UTC).'),
  }),
);
export type Trust = z.output<typeof trustAnswer>;

/** How far counting has come by an instant. */
export function countingLag(passed: PassedHeartbeats, keys: number, now: EpochMillis): CountingLag {
  const progress = countingProgress(passed, keys);
  const { countedThrough } = progress;
  if (countedThrough === undefined) return progress;
  // The clocks of the sender and of the reader may differ by a moment.
  return {
    ...progress,
    lagSeconds: Math.max(0, Math.floor(now / SECOND_MS) - Math.floor(countedThrough / SECOND_MS)),
  };
}

/** What the answer says of how far counting has come. */
export function lagAnswer({ countedThrough, lagSeconds }: CountingLag) {
  return {
    countedThrough: countedThrough === undefined ? null : isoSeconds(countedThrough),
    lagSeconds: lagSeconds ?? null,
  };
}

/**
 * How far the figures of a peer may be trusted.
 *
 * @param lag as it was read before anything else
 */
export function trust(
  lag: CountingLag,
  { usage, firstCountedDay, sealedThrough }: UsageExtent,
  { notCounted, audited }: KnownOfFigures,
  rhythm: HeartbeatRhythm,
  now: EpochMillis,
): Trust {
  const channels = listedChannels(usage, new Set())
    .map(({ channelId, allTime }) => ({ ...allTime, channelId }))
    .sort(compareChannels);
  return {
    status: trustStatus(lag, notCounted, rhythm, now),
    ...lagAnswer(lag),
    firstCountedDay: firstCountedDay ?? null,
    sealedThrough: sealedThrough ?? null,
    notCounted,
    channels: channels.map(({ channelId, lastMessageAt }) => ({
      channelId,
      ...(lastMessageAt !== undefined && { lastMessageAt: new Date(lastMessageAt).toISOString() }),
    })),
    ...(audited !== undefined && {
      audited: { at: isoSeconds(audited.at), result: audited.differences === 0 ? 'agrees' : 'differs' },
    }),
    asOf: isoSeconds(now),
  };
}

/**
 * How far the figures of a peer may be trusted, in short.
 *
 * @param lag as it was read before anything else
 */
export function trustStatus(
  { newestPassed, lagSeconds }: CountingLag,
  { quarantined, givenUp }: NotCounted,
  { behindAfterSeconds, stalledAfterSeconds }: HeartbeatRhythm,
  now: EpochMillis,
): TrustStatus {
  if (newestPassed === undefined || now - newestPassed > stalledAfterSeconds * SECOND_MS) return 'stalled';
  if (lagSeconds === undefined || lagSeconds > behindAfterSeconds) return 'behind';
  return quarantined + givenUp > 0 ? 'incomplete' : 'current';
}

/** The days whose records are looked at for what was not counted, both included. */
export function notCountedDays(now: EpochMillis): { from: UtcDay; to: UtcDay } {
  const to = dayOf(now);
  return { from: addDays(to, 1 - NOT_COUNTED_DAYS), to };
}
